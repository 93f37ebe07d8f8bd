/* Plain structs that kernels see. No PETSc, no files, no units: SI numbers and indices only.

   ROWS. A row is the run of n_cells cells along the first axis; it is padded to `pitch` doubles. Species lie row by
   row:

       value[(row * n_species + k) * pitch + i]        k species, i cell along the row

   Mobile species come first: 0 <= k < n_mobile. Padding (i >= n_cells) is zero in every vector and stays zero.
   Owned rows: row = z * ny + y. A ghost row g lies in a second buffer of the same layout with n_mobile species:

       ghost[(g * n_mobile + k) * pitch + i]

   The state C is moles per volume of tissue, for every species. A mobile species' fluid concentration is c = C/(phi R)
   (phi accessible volume fraction, R sorption factor), its activity a = c/Lambda = inverse_capacity * C.          */
#ifndef ELUTE_VIEW_H
#define ELUTE_VIEW_H

#include <stddef.h>
#include <stdint.h>

enum {
  ELUTE_MAX_SPECIES = 32,
  ELUTE_MAX_REACTIONS = 128,
  ELUTE_MAX_TISSUES = 64,
  ELUTE_MAX_FACTORS = 6, /* one-species factors in one rate law */
  ELUTE_MAX_CHANGES = 8, /* species changed by one reaction */
  ELUTE_MAX_STAGES = 4,
};

/* Values of `neighbour`: >= 0 an owned row; ELUTE_NO_ROW the domain ends; ELUTE_GHOST_ROW(g) ghost row g. */
#define ELUTE_NO_ROW (-1)
#define ELUTE_GHOST_ROW(g) (-2 - (g))

typedef struct EluteMeshView {
  int32_t n_rows;       /* owned rows, ny * nz; may be 0 */
  int32_t n_ghost_rows; /* rows of other ranks (or of the own rank's far side when periodic is cut by nothing: none) */
  int32_t n_cells;      /* cells along the first axis */
  int32_t pitch;  /* doubles from one species' row to the next: multiple of 8, > n_cells, 8*pitch no multiple of 512 */
  int32_t ny, nz; /* owned extents along the second and third axis */
  int32_t periodic_x;       /* 1: cell n_cells-1 is the left neighbour of cell 0 */
  const int32_t *neighbour; /* [n_rows * 4]: y-, y+, z-, z+ */
  const int32_t *beyond;    /* [n_rows * 4]: the rows behind these, for a limited scheme; NULL where none is used */
  const uint8_t *tissue;    /* [n_rows * pitch] tissue index of each cell, < ELUTE_MAX_TISSUES */
  const double *volume_x;   /* [pitch]  cell volume = volume_x[i] * volume_row[row], m3; padding holds 1 */
  const double *volume_row; /* [n_rows] */
} EluteMeshView;

/* Transport of the mobile species. Coefficients are float or double (see single). A face's conductance g is in m3/s and
   acts on activity: the flux from cell i to j is g (a_i - a_j) mol/s (numerics 1). Faces at the domain's edge carry the
   conductance of their boundary condition (0: no flux), so that every line operator is complete without the face list.

       axis 0: conductance[0][(row * n_mobile + k) * pitch + i]                 i = 0..n_cells, face between i-1 and i
       axis 1: conductance[1][((z * (ny+1) + y) * n_mobile + k) * pitch + i]    y = 0..ny, face below row y
       axis 2: conductance[2][((z * ny + y) * n_mobile + k) * pitch + i]        z = 0..nz, face below row z
       inverse_capacity[(row * n_mobile + k) * pitch + i]  1/(phi R Lambda), rows 0..n_rows-1 owned, then ghost rows

   conductance[a] is NULL when the axis has one cell and no boundary condition other than no flux. */
typedef struct EluteTransportView {
  int32_t n_mobile;
  int32_t single; /* 1: conductance and inverse_capacity are float; 0: double */
  const void *conductance[3];
  const void *inverse_capacity;
} EluteTransportView;

/* Fluid that moves through the faces, and takes every mobile species along (cell/advection.h). One volume rate per row
   and face, m3/s, positive towards the upper side, faces at the domain's edge included:

       axis 0: flux[0][row * pitch + i]              i = 0..n_cells, as in conductance; periodic: face n_cells is face 0
       axis 1: flux[1][(z * (ny+1) + y) * pitch + i]
       axis 2: flux[2][(z * ny + y) * pitch + i]

   flux[a] is NULL when nothing moves along the axis; where it is not, conductance[a] is not either. weight[a][w * (n+1)
   + j], w = 0..3 in the order of EluteFaceWeights: of the face below cell (axis 0) or row j of n along the axis. */
/* The first face inside an edge whose value is known: a limited scheme takes the slope behind the edge's cell from the
   value at the edge. What this adds to the flux of the row loops, which know no edge, passes from the edge's cell to
   the next where the fluid goes that way. Neither cell is held. */
typedef struct EluteInlet {
  int32_t row[2], cell[2]; /* the edge's cell and the next one, rows as in `neighbour`; one of them is owned */
  int32_t species, axis;
  int32_t upper; /* 1: the edge is the upper side, fluid goes inwards where its flux is negative */
  int32_t value; /* w at the edge is scale * scalars[value] */
  int64_t flux;  /* index into flux[axis] of the face between the two */
  double scale;
  double back,
      ahead; /* weights: distance from centre to face over that to the edge, and over that between the centres */
} EluteInlet;

typedef struct EluteFlowView {
  int32_t limited; /* 1: second order with a limiter; 0: first-order upwind, weights and mesh.beyond unused */
  const double *flux[3];
  const double *weight[3];
  int32_t n_inlets;
  const EluteInlet *inlets;
  const void *carry; /* f/(phi R) in the type and layout of inverse_capacity; may be that array itself */
} EluteFlowView;

/* Media whose diffusivity is a tensor that is not diagonal in the mesh's axes (cell/cross.h). The diagonal is in the
   conductances. turn[entry], of xx, yy, zz, xy, xz, yz, in the type and layout of inverse_capacity, owned rows alone, s/m3; NULL:
   zero everywhere. shift[axis], in the layout of the state, and the ghost rows of it: made by `shifts`
   of the vector that is transported, mol/m3 of activity; all NULL: cross fluxes are left out. shift[axis] is there
   where a turn has the axis. */
typedef struct EluteCrossView {
  const void *turn[6];
  const double *shift[3], *ghost[3];
} EluteCrossView;

/* A face through which something enters or leaves, at the domain's edge or beside a held cell (ledger_only). No two of
   the former share row, cell, species, axis and side.
       inflow = g (scale * b - s C) + weight * b     mol/s into the cell,  b = scalars[value], g =
   conductance[axis][face], s = inverse_capacity of the cell; and where fluid passes, -q carry C or -q scale * b, q its
   rate outwards; and where diffusion crosses, -+g S. The ledger's `channel` counts what LEFT: channel -= inflow. */
typedef struct EluteOpenFace {
  int32_t row, cell; /* the (free, owned) cell inside; offset (row * n_species + species) * pitch + cell */
  int32_t species;
  int32_t axis, upper; /* upper 1: the face towards larger indices along the axis; 0: towards smaller */
  int32_t run;         /* from this face on: faces alike, cell beside cell along the row (elute_face_runs) */
  int64_t face;        /* index into conductance[axis]; -1: no conductance (imposed flux) */
  int32_t value;       /* index into scalars / scalar_rates */
  int32_t channel;     /* index into the ledger */
  double scale;        /* activity per unit of the scalar */
  double weight;       /* m2-weighted imposed inflow per unit of the scalar */
  int32_t through;     /* fluid passes: -1 through the cell's lower side along the axis, 1 its upper; 0: none does */
  int32_t ledger_only; /* 1: beside a held cell: the flux itself is already in the interior operator */
  /* The held neighbour of a ledger_only face that has a conductance: its row, as in `neighbour`, and cell. There scale
     * b is its activity s C as the state has it, which between stages is the held value to the method's order only:
     residual, Jacobian and line solves take it from their vector, so that the ledger is of the flux that passed. */
  int32_t held_row, held_cell;
} EluteOpenFace;

/* A cell whose species is held at capacity * scalars[value]: its rows of every operator are the identity, its
   right-hand side is capacity * scalar_rates[value]. */
typedef struct EluteHeldCell {
  int32_t row, cell, species, value;
  double capacity;
} EluteHeldCell;

/* A number that may differ by tissue and by cell:
   tables[table * ELUTE_MAX_TISSUES + tissue] * (field < 0 ? 1 : fields[field][row * pitch + i]).
   What depends on time is re-evaluated in `tables` (or, place and time mixed, in `fields`) before each stage. */
typedef struct EluteCoefficient {
  int32_t table;
  int32_t field;
} EluteCoefficient;

/* A rate law is a coefficient times a product of one-species factors (numerics "generic model"):
     LINEAR     C                         (mass action: once per order; also a catalyst)
     SATURATION C / (K + |C|)             (Michaelis-Menten; continues below zero)
     HILL       x^n / (K^n + x^n),  x = max(C, 0)
     INHIBITION 1 / (1 + max(C, 0)/K)
     LOOKUP     f(C/K), any function of one species, such as of the temperature, as a table (EluteLookup)
     LOGARITHM  ln(K/C), bounded at both ends (Gompertz's growth)
     PER        1; K of the factor before it is its constant times this species' max(C, 0), as of what cells hold each
     PER_LOOKUP 1; K of the factor before it (and before a PER) is multiplied by f(C/K), as a drug's by the temperature
   Accessible fractions are folded into the coefficients (rates on c, phi in front): the kernel sees C alone. From
   INHIBITION on they say how fast, and from PER on they multiply another factor's K: the order counts. */
typedef enum {
  ELUTE_LINEAR,
  ELUTE_SATURATION,
  ELUTE_HILL,
  ELUTE_INHIBITION,
  ELUTE_LOOKUP,
  ELUTE_LOGARITHM,
  ELUTE_PER,
  ELUTE_PER_LOOKUP
} EluteFactorKind;

typedef struct EluteFactor {
  int32_t kind; /* EluteFactorKind */
  int32_t species;
  EluteCoefficient constant; /* K, mol per m3 of tissue; unused for LINEAR and PER */
  double exponent;           /* n of HILL */
  int32_t lookup;            /* of LOOKUP and PER_LOOKUP: which table */
} EluteFactor;

/* A function as a cubic in s = position within the interval, 0 to 1, of each of n equal intervals from `from` on:
     lookup_values[4 * (first + interval) + power];
   beyond its ends it is constant (cell/factor.h). */
typedef struct EluteLookup {
  int32_t first, n;
  double from, inverse_width;
} EluteLookup;

typedef struct EluteReaction {
  EluteCoefficient rate; /* such that rate * product of factors is mol/(m3 tissue s) */
  int32_t n_factors;     /* 0: zeroth order (a source) */
  int32_t n_changes;
  EluteFactor factor[ELUTE_MAX_FACTORS];
  int32_t changed[ELUTE_MAX_CHANGES]; /* species */
  double change[ELUTE_MAX_CHANGES];   /* net stoichiometric coefficient, products minus reactants */
  int32_t channel; /* ledger entry that counts the reaction's extent, mol: channel += integral of V rate */
} EluteReaction;

typedef struct EluteProblemView {
  EluteMeshView mesh;
  EluteTransportView transport;
  EluteFlowView flow;
  EluteCrossView cross;
  int32_t n_species;
  int32_t n_reactions;
  int32_t n_open_faces;
  int32_t n_held;
  int32_t n_scalars, n_tables, n_fields;
  int32_t n_ledger; /* entries of the ledger on this rank; the same numbering on every rank */
  const EluteReaction *reactions;
  uint32_t reacting; /* bit k: species k is changed by or a factor of a reaction that has factors (elute_reacting) */
  /* Values of species k are of the order of 2^magnitude[k]: 0 for amounts in mol/m3, more for numbers. Rows of matrices
     are weighed by it, so that a pivot is large or small whatever the units. */
  int8_t magnitude[ELUTE_MAX_SPECIES];
  const EluteOpenFace *open_faces; /* sorted by axis: open_face_begin[axis]..open_face_begin[axis+1]. Sums by channel
                                      are quickest where the faces of an axis are sorted by channel too */
  int32_t open_face_begin[4];
  const EluteHeldCell *held;
  const uint8_t *is_held; /* [n_species * ELUTE_MAX_TISSUES] 1: this species is held in that tissue; NULL: none */
  double *scalars;        /* [n_scalars] boundary values at the stage's time */
  double *scalar_rates;   /* [n_scalars] their time derivative, 1/s */
  double *tables;         /* [n_tables * ELUTE_MAX_TISSUES] */
  double *const *fields;  /* [n_fields][n_rows * pitch] */
  int32_t n_lookups, n_lookup_intervals;
  const EluteLookup *lookups;
  const double *lookup_values; /* [4 * n_lookup_intervals] */
} EluteProblemView;

/* Whether b, the next in the list, continues a run of faces that differ by their place along the row alone. */
static inline int elute_face_continues(const EluteOpenFace *a, const EluteOpenFace *b) {
  return a->row == b->row && a->species == b->species && a->axis == b->axis && a->upper == b->upper &&
         b->cell == a->cell + 1 && b->face == (a->face < 0 ? -1 : a->face + 1) && a->value == b->value &&
         a->channel == b->channel && a->scale == b->scale && a->weight == b->weight && a->through == b->through &&
         !a->ledger_only && !b->ledger_only;
}

/* EluteOpenFace.run of a list that is in its order, in host memory. */
static inline void elute_face_runs(int32_t n, EluteOpenFace *faces) {
  for (int32_t j = n - 1; j >= 0; --j)
    faces[j].run = 1 + (j + 1 < n && elute_face_continues(&faces[j], &faces[j + 1]) ? faces[j + 1].run : 0);
}

/* EluteProblemView.reacting, from reactions in host memory. */
static inline uint32_t elute_reacting(int32_t n, const EluteReaction *reactions) {
  uint32_t set = 0;
  for (int32_t r = 0; r < n; ++r) {
    for (int32_t f = 0; f < reactions[r].n_factors; ++f) set |= UINT32_C(1) << reactions[r].factor[f].species;
    for (int32_t c = 0; c < reactions[r].n_changes && reactions[r].n_factors; ++c)
      set |= UINT32_C(1) << reactions[r].changed[c];
  }
  return set;
}

#endif
