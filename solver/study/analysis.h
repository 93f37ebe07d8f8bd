/* Answers from a table of results, as pure functions in memory. The table falls into *units*: a point, a row of
   Saltelli's design (d + 2 points) or a trajectory of Morris (d + 1 points). Every answer is a *statistic*: numbers
   that depend on how often each unit counts. Counted once each they give the value; drawn with replacement, its
   bootstrap interval (Efron and Tibshirani 1993); the first units alone, its convergence with the size of the sample. A
   unit with a failed point never counts. What a statistic cannot say (nothing varies, too few units) is NaN. Quantities
   carry the units of the endpoint (y) and the parameters (x). */
#ifndef ELUTE_STUDY_ANALYSIS_H
#define ELUTE_STUDY_ANALYSIS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct EluteEstimate {
  double value, low, high; /* NaN: not known */
} EluteEstimate;

typedef struct EluteStatistic {
  int n_units, n_values;
  /* value[n_values] from count[n_units], whole numbers of which some may be 0 */
  void (*evaluate)(const struct EluteStatistic *statistic, const double *count, double *value);
  const bool *usable; /* [n_units] */
  int n_parameters;
  const double *y;  /* [n_units * points of a unit], a unit's points together */
  const double *x;  /* [n_parameters * n_units], a parameter's values together; Morris: elementary effects */
  const int *order; /* ranks: [(n_parameters + 1) * n_units] elute_rank_order of each column of x and of y; bins: of
                       each unit */
} EluteStatistic;

/* The statistic of the usable ones among the first n units, with the interval that holds 95 % of `replicates` bootstrap
   values (percentiles); the draws are a function of the seed. estimate[n_values]. Returns the units that counted; -1:
   no memory. */
int elute_estimate(const EluteStatistic *statistic, int n, int replicates, uint64_t seed, EluteEstimate *estimate);

/* Variance-based indices of a Saltelli design: the points of a unit are A, B, and for each parameter k A with that
   column from B. First order by Saltelli et al. 2010 (Comput Phys Commun 181:259, table 2 b), total effect by Jansen
   1999 (table 2 f there): S_k = mean[y_B (y_ABk - y_A)] / V,   T_k = mean[(y_A - y_ABk)^2] / (2 V),   V over A and B.
   values: S_1, ..., S_d, T_1, ..., T_d. */
void elute_sobol_indices(const EluteStatistic *statistic, const double *count, double *value);

/* Elementary effects along a trajectory of d + 1 points, of which each changes one coordinate u[d] in [0, 1]: effect[k]
   = change of y / change of u_k (Morris 1991, Technometrics 33:161). u[(d + 1) * d], y[d + 1]. false when a step
   changes none, or more than one, or a parameter changes twice. */
bool elute_morris_effects(int d, const double *u, const double *y, double *effect);
/* From x = effects: mean of |effect| (mu*, Campolongo et al. 2007, Environ Model Softw 22:1509), mean, and standard
   deviation. values: mu*_1.., mu_1.., sigma_1.. */
void elute_morris_indices(const EluteStatistic *statistic, const double *count, double *value);

/* The units in ascending order of value, NaN last, equals in their order. order[n]. false: no memory. */
bool elute_rank_order(int n, const double *value, int *order);
/* Spearman's correlation of every parameter with y; ties have their mean rank. values: rho_1, ... */
void elute_rank_correlations(const EluteStatistic *statistic, const double *count, double *value);

/* Coefficients of the linear regression of y on all x, each in its standard deviations, and the share of the variance
   that it explains. values: b_1, ..., b_d, R^2. */
void elute_standardised_regression(const EluteStatistic *statistic, const double *count, double *value);

/* A parameter's values in at most n_most bins with equally many points each, or one bin for each value where there are
   no more values than bins. */
typedef struct EluteBins {
  int n;
  double *low, *high, *centre; /* [n] smallest, largest and mean value of a bin's points */
  int *bin;                    /* [n_units] of each unit; -1: not usable */
} EluteBins;
/* false: no memory. */
bool elute_bins_create(EluteBins *bins, int n_most, int n_units, const double *x, const bool *usable);
void elute_bins_destroy(EluteBins *bins);
/* The bins that suit n points. */
int elute_bins_suit(int n_points);
/* Mean of y in each bin (`order`: the bins of the units). values: one a bin. */
void elute_bin_means(const EluteStatistic *statistic, const double *count, double *value);

/* A share k of n with Wilson's interval at 95 % (Wilson 1927, J Am Stat Assoc 22:209), which holds for 0 and n too. */
EluteEstimate elute_share(int k, int n);

typedef struct EluteTolerance {
  double from, to;             /* NaN: the bin of the nominal value fails already, or there is none */
  bool open_below, open_above; /* the range ends where the sample does */
} EluteTolerance;
/* How far a parameter may be from `nominal`: the neighbouring bins about it in each of which at least the share `level`
   of the points meets what is asked; met[n_units]. share[bins->n]: of each bin. */
EluteTolerance elute_tolerance(const EluteBins *bins, int n_units, const bool *met, double nominal, double level,
                               EluteEstimate *share);

/* Units that no other betters in every endpoint: direction[m] +1 where more is better, -1 where less is. y[m *
   n_units]. Equal units stand side by side. false: no memory. */
bool elute_pareto(int n_units, int m, const double *y, const int *direction, const bool *usable, bool *front);
/* The best unit for one endpoint, the first of equals; -1 without one. */
int elute_optimum(int n_units, const double *y, int direction, const bool *usable);

/* The numerical error of an endpoint from runs of growing refinement, h falling (cell width over the first's, or
 * accuracy). */
typedef enum {
  ELUTE_REFINEMENT_CONVERGES,
  ELUTE_REFINEMENT_UNCHANGED,  /* the finest differ by rounding alone: below 1e-12 of their size */
  ELUTE_REFINEMENT_OSCILLATES, /* differences change sign: neither order nor index */
  ELUTE_REFINEMENT_DIVERGES,   /* differences do not fall: neither order nor index */
} EluteRefinementKind;
typedef struct EluteRefinement {
  EluteRefinementKind kind;
  double order;        /* observed */
  double extrapolated; /* Richardson's estimate at h = 0, by the observed order */
  double uncertainty;  /* grid convergence index of the finest, in the endpoint's unit: +- at about 95 % */
} EluteRefinement;
/* From the three finest, h[0] < h[1] < h[2]: the order p from (y2 - y1)/(y1 - y0) = r10^p (r21^p - 1)/(r10^p - 1), the
   index 1.25 |y1 - y0| / (r10^q - 1) with q the smaller of the observed and the `formal` order, since an order observed
   above it is luck (Roache 1998, Verification and Validation in Computational Science and Engineering; ASME V&V
   20-2009; Celik et al. 2008, J Fluids Eng 130:078001; Oberkampf and Roy 2010 for q). */
EluteRefinement elute_refinement(const double h[3], const double y[3], double formal);

#endif
