/* Files of vessel networks: straight pieces with radii. */
#ifndef ELUTE_NETWORK_H
#define ELUTE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

typedef struct EluteVessel {
  double from[3], to[3], radius; /* m */
} EluteVessel;

typedef struct EluteNetwork {
  int n;
  EluteVessel *vessel; /* malloc'd */
} EluteNetwork;

/* Appends the pieces of a file: a table with the columns x0, y0, z0, x1, y1, z1, radius, each with its unit in the
   first line ("x0 [um], …"), or a legacy VTK file of POLYDATA with LINES (ASCII or BINARY, either version of the
   format), whose coordinates and radii are multiplied by `unit` (m) and whose radii stand in the array `radius` (NULL:
   "radius") of points, a piece having the mean of its ends, or of lines. False and the reason in `why`, with the line
   of a table in *line (0: of the file as a whole). */
bool EluteNetworkRead(const char *path, double unit, const char *radius, EluteNetwork *network, int *line, char *why,
                      size_t length);

#endif
