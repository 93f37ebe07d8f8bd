/* What moving fluid carries through a face (numerics 1). The carried concentration is w = carry C with carry = f/(phi
   R): f the convective hindrance and C/(phi R) the concentration in the fluid; the flux is q w_face mol/s, q the
   fluid's volume rate in m3/s, positive towards the upper side. */
#ifndef ELUTE_CELL_ADVECTION_H
#define ELUTE_CELL_ADVECTION_H

#include "../portable.h"

/* Products below it count as zero, so that no inverse overflows where concentrations fade out. */
#define ELUTE_NO_SLOPE 1e-280

/* The smaller of two differences, smoothly, and zero at an extremum: a b (a + b)/(a^2 + b^2) (van Albada, van Leer &
   Roberts, Astron. Astrophys. 108:76, 1982). */
ELUTE_INLINE double elute_limited(double a, double b) {
  const double product = a * b;
  return product > ELUTE_NO_SLOPE ? product * (a + b) / (a * a + b * b) : 0.0;
}

/* Its change with da and db. With s = a^2 + b^2: d/da = b^2 (2ab - a^2 + b^2)/s^2, and the same with a, b exchanged. */
ELUTE_INLINE double elute_limited_change(double a, double b, double da, double db) {
  const double inverse = 1.0 / (a * a + b * b), aa = a * a * inverse, bb = b * b * inverse, ab = a * b * inverse;
  return a * b > ELUTE_NO_SLOPE ? bb * (2 * ab - aa + bb) * da + aa * (2 * ab - bb + aa) * db : 0.0;
}

/* The carried concentrations of the four cells around a face, or their changes. */
typedef struct EluteFaceCells {
  double below2, below, above, above2;
} EluteFaceCells;

/* Distance from the upwind cell's centre to the face over that between the centres which a difference is taken of, for
   fluid from below (the differences below2..below and below..above) and from above (above..above2, below..above). A
   zero where there is no second cell makes the face upwind. */
typedef struct EluteFaceWeights {
  double back_below, ahead_below, back_above, ahead_above;
} EluteFaceWeights;

/* Those of the cells that the flux depends on: the upwind one, the one behind it and the one ahead. */
typedef struct EluteStream {
  double up2, up, down;
} EluteStream;

ELUTE_INLINE EluteStream elute_stream(double q, EluteFaceCells w) {
  const EluteStream stream = {q > 0 ? w.below2 : w.above2, q > 0 ? w.below : w.above, q > 0 ? w.above : w.below};
  return stream;
}

ELUTE_INLINE double elute_upwind_flux(double q, double below, double above) {
  return q * (q > 0 ? below : above);
}

/* q w_face, w_face reconstructed from the upwind cell with a limited slope: second order where w is smooth. */
ELUTE_INLINE double elute_stream_flux(double q, EluteStream w, double back, double ahead) {
  return q * (w.up + elute_limited(back * (w.up - w.up2), ahead * (w.down - w.up)));
}

/* The change of that flux at w with the changes dw. */
ELUTE_INLINE double elute_stream_flux_change(double q, EluteStream w, EluteStream dw, double back, double ahead) {
  return q * (dw.up + elute_limited_change(back * (w.up - w.up2), ahead * (w.down - w.up), back * (dw.up - dw.up2),
                                           ahead * (dw.down - dw.up)));
}

/* The same through a face whose fluid may come from either side. */
ELUTE_INLINE double elute_limited_flux(double q, EluteFaceCells w, EluteFaceWeights weight) {
  return elute_stream_flux(q, elute_stream(q, w), q > 0 ? weight.back_below : weight.back_above,
                           q > 0 ? weight.ahead_below : weight.ahead_above);
}

ELUTE_INLINE double elute_limited_flux_change(double q, EluteFaceCells w, EluteFaceCells dw, EluteFaceWeights weight) {
  return elute_stream_flux_change(q, elute_stream(q, w), elute_stream(q, dw),
                                  q > 0 ? weight.back_below : weight.back_above,
                                  q > 0 ? weight.ahead_below : weight.ahead_above);
}

/* What a known value at the edge adds to the upwind flux through the first face inside (view.h, EluteInlet); q towards
   the inside. */
ELUTE_INLINE double elute_inlet_flux(double q, double edge, double first, double next, double back, double ahead) {
  return q > 0 ? q * elute_limited(back * (first - edge), ahead * (next - first)) : 0.0;
}

/* The change of that with the changes of the three values. */
ELUTE_INLINE double elute_inlet_flux_change(double q, const double w[3], const double dw[3], double back,
                                            double ahead) {
  return q > 0 ? q * elute_limited_change(back * (w[1] - w[0]), ahead * (w[2] - w[1]), back * (dw[1] - dw[0]),
                                          ahead * (dw[2] - dw[1]))
               : 0.0;
}

/* mol/s that fluid brings through a face at the edge of the domain: what leaves has the cell's carried concentration,
   what enters the outside's in full. */
ELUTE_INLINE double elute_edge_flow(double outward, double carried, double outside) {
  return -outward * (outward > 0 ? carried : outside);
}

#endif
