/* Included before anything else where kernels are compiled to be counted (tests/CMakeLists.txt): from here on `double`
   is a class that counts what is done with it, as the source states it, whatever a compiler would leave out or move out
   of loops. Additions, subtractions, products and comparisons are one operation each: an instruction of a device's
   double unit, where nothing is fused. A quotient is eight of them, what nvcc 13.0 writes for one on compute
   capability 8.0 and 9.0: five refine a reciprocal, then the product, its remainder and a correction. Signs and
   magnitudes cost nothing there. Conversions from float are counted apart: another unit does them. */
#ifndef ELUTE_EMULATION_OPERATIONS_H
#define ELUTE_EMULATION_OPERATIONS_H

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <type_traits>

namespace emulation {

/* Of a type that kernels use for nothing else, so that a compiler knows their numbers unchanged. */
extern unsigned long long operations, conversions;

class Number {
  double value;

public:
  Number() = default;
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>> Number(T x) : value((double)x) {
    if (std::is_same_v<T, float> && !__builtin_constant_p(x)) ++conversions;
  }
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>> explicit operator T() const {
    return (T)value;
  }

  friend Number operator-(Number a) {
    return -a.value;
  }
  friend Number fabs(Number a) {
    return std::fabs(a.value);
  }
  friend Number pow(Number, Number) {
    fprintf(stderr, "counting: give pow() the number of operations that nvcc makes of it\n");
    abort();
  }
  friend Number log(Number) {
    fprintf(stderr, "counting: give log() the number of operations that nvcc makes of it\n");
    abort();
  }

#define ELUTE_OPERATION(result, sign, n)                                                                               \
  friend result operator sign(Number a, Number b) {                                                                    \
    operations += n;                                                                                                   \
    return a.value sign b.value;                                                                                       \
  }
#define ELUTE_IN_PLACE(sign)                                                                                           \
  Number &operator sign##=(Number b) {                                                                                 \
    return *this = *this sign b;                                                                                       \
  }
  ELUTE_OPERATION(Number, +, 1)
  ELUTE_OPERATION(Number, -, 1)
  ELUTE_OPERATION(Number, *, 1)
  ELUTE_OPERATION(Number, /, 8)
  ELUTE_OPERATION(bool, <, 1)
  ELUTE_OPERATION(bool, >, 1)
  ELUTE_OPERATION(bool, <=, 1)
  ELUTE_OPERATION(bool, >=, 1)
  ELUTE_OPERATION(bool, ==, 1)
  ELUTE_OPERATION(bool, !=, 1)
  ELUTE_IN_PLACE(+)
  ELUTE_IN_PLACE(-)
  ELUTE_IN_PLACE(*)
  ELUTE_IN_PLACE(/)
#undef ELUTE_OPERATION
#undef ELUTE_IN_PLACE
};

static_assert(sizeof(Number) == sizeof(double) && std::is_trivial_v<Number>, "C calls these functions with doubles");

} // namespace emulation

#define double emulation::Number

#endif
