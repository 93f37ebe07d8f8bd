/* From case text to model: generic words, expansion of domain words, and what is refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../../solver/case/units.h"
#include "read_case.h"

#define LINE "elute: 1\nmesh: {x: {from: 0 m, to: 1 m, cells: 4}}\ntime: {end: 10 s}\n"

static void forget_units(void) {
  EluteUnitsFinalize();
}

TestSuite(boundaries, .fini = forget_units);
TestSuite(depot, .fini = forget_units);
TestSuite(discontinuities, .fini = forget_units);
TestSuite(domain, .fini = forget_units);
TestSuite(echo, .fini = forget_units);
TestSuite(errors, .fini = forget_units);
TestSuite(exchanges, .fini = forget_units);
TestSuite(holds, .fini = forget_units);
TestSuite(mesh, .fini = forget_units);
TestSuite(reactions, .fini = forget_units);
TestSuite(settings, .fini = forget_units);
TestSuite(sources, .fini = forget_units);
TestSuite(species, .fini = forget_units);
TestSuite(tissues, .fini = forget_units);
TestSuite(verify, .fini = forget_units);

/* The case must be refused with all of the parts in its messages. */
static void refused(const char *text, const char *part, const char *more) {
  EluteDiagnostics d = {0};
  EluteModel *model = EluteModelRead("case.yaml", text, strlen(text), 0, NULL, &d);

  cr_assert_null(model);
  cr_assert_gt(d.n_errors, 0);
  cr_assert(strstr(d.text, part), "'%s' is not in:\n%s", part, d.text);
  cr_assert(!more || strstr(d.text, more), "'%s' is not in:\n%s", more, d.text);
  EluteDiagnosticsClear(&d);
}

static double at(const EluteModel *m, const EluteValue *value, double x, int tissue, double t) {
  const double point[3] = {x, 0, 0};
  const EluteWhere where = EluteModelWhere(m, point, tissue, t, t, t + 1e-3);
  double result;
  char why[300];

  cr_assert(EluteValueAt(value, &where, &result, why, sizeof why), "%s", why);
  return result;
}

static const EluteReactionSpec *reaction(const EluteModel *m, const char *name) {
  for (int i = 0; i < m->n_reactions; i++)
    if (strcmp(m->reactions[i].name, name) == 0) return &m->reactions[i];
  cr_assert(false, "no reaction %s", name);
  return NULL;
}

static double change(const EluteModel *m, const EluteReactionSpec *r, const char *species) {
  for (int i = 0; i < r->n_changes; i++)
    if (r->changed[i] == EluteModelSpeciesIndex(m, species)) return r->change[i];
  return 0.0;
}

/* ---- mesh ---- */

Test(mesh, a_line_has_its_edges_and_unit_axes) {
  EluteModel *m = read_case(LINE "species: {u: {diffusivity: 1 m2/s}}\n");

  cr_assert_eq(m->mesh.dimension, 1);
  cr_assert_eq(m->mesh.n[0], 4);
  cr_assert_eq(m->mesh.n[1], 1);
  cr_assert_eq(m->mesh.edges[0][0], 0.0);
  cr_assert_eq(m->mesh.edges[0][1], 0.25);
  cr_assert_eq(m->mesh.edges[0][4], 1.0);
  cr_assert_eq(m->mesh.edges[2][1], 1.0);
  EluteModelFree(m);
}

Test(mesh, a_cylinder_counts_r_first_and_z_second) {
  EluteModel *m =
      read_case("elute: 1\nmesh: {geometry: cylindrical, r: {edges: [0 m, 1 m, 3 m]}, z: {from: -1 m, to: 1 "
                "m, cells: 2}}\ntime: {end: 1 s}\nspecies: {u: {diffusivity: 1 m2/s}}\n"
                "boundaries: {r+: {u: {value: 1 M}}, z-: {u: {value: 2 M}}, surface: {u: {value: 3 M}}}\n");

  cr_assert_eq(m->mesh.geometry, ELUTE_CYLINDRICAL);
  cr_assert_eq(m->mesh.dimension, 2);
  cr_assert_eq(m->mesh.edges[0][2], 3.0);
  cr_assert_eq(m->mesh.edges[1][0], -1.0);
  cr_assert_eq(m->boundaries[0].sides, 1U << 1);
  cr_assert_eq(m->boundaries[1].sides, 1U << 2);
  cr_assert_eq(m->boundaries[2].sides, 1U << 1);
  EluteModelFree(m);
}

/* The edges that were there stay; those of a growing axis go on growing. */
Test(mesh, refinement_divides_every_cell) {
  EluteModel *m =
      read_case("elute: 1\nmesh: {geometry: cylindrical, refine: 2, r: {edges: [0 m, 1 m, 3 m]}, z: {from: 0 m, to: "
                "5 m, cells: 2, stretch: 4}}\ntime: {end: 1 s}\nspecies: {u: {diffusivity: 1 m2/s}}\n");
  const double r[5] = {0, 0.5, 1, 2, 3}, z[5] = {0, 1.0 / 3, 1, 1 + 4.0 / 3, 5};

  cr_assert_eq(m->mesh.n[0], 4);
  cr_assert_eq(m->mesh.n[1], 4);
  for (int i = 0; i < 5; i++) {
    cr_assert_eq(m->mesh.edges[0][i], r[i]);
    cr_assert_float_eq(m->mesh.edges[1][i], z[i], 1e-14);
  }
  EluteModelFree(m);
}

Test(mesh, in_cylindrical_formulas_z_is_the_second_coordinate) {
  EluteModel *m = read_case("elute: 1\nmesh: {geometry: cylindrical, r: {from: 0 m, to: 1 m, cells: 2}, z: {from: 0 m, "
                            "to: 1 m, cells: 2}}\ntime: {end: 1 s}\n"
                            "species: {u: {diffusivity: 1 m2/s, initial: {formula: \"r + 10*z\", unit: mol/m3}}}\n");
  const double x[3] = {0.5, 0.25, 0.0};
  const EluteWhere where = EluteModelWhere(m, x, 0, 0, 0, 1);
  double result;
  char why[300];

  cr_assert(EluteValueAt(m->species[0].initial, &where, &result, why, sizeof why));
  cr_assert_float_eq(result, 3.0, 1e-15);
  EluteModelFree(m);
}

Test(mesh, a_well_mixed_case_needs_a_volume_and_no_diffusivity) {
  EluteModel *m =
      read_case("elute: 1\nmesh: {geometry: well_mixed, volume: 2 mL}\ntime: {end: 1 s}\nspecies: {u: {}}\n");

  cr_assert_eq(m->mesh.dimension, 0);
  cr_assert_float_eq(m->mesh.volume, 2e-6, 1e-20);
  EluteModelFree(m);
  refused("elute: 1\nmesh: {geometry: well_mixed}\ntime: {end: 1 s}\nspecies: {u: {}}\n", "'volume' is missing", NULL);
}

Test(mesh, either_spelling_of_periodic_closes_the_axis) {
  EluteModel *m = read_case(LINE "species: {u: {diffusivity: 1 m2/s}}\nboundaries: {x-: {periodic: yes}}\n");

  cr_assert(m->mesh.periodic[0]);
  EluteModelFree(m);
  m = read_case(LINE "species: {u: {diffusivity: 1 m2/s}}\nboundaries: {x+: {u: {periodic: yes}}}\n");
  cr_assert(m->mesh.periodic[0]);
  EluteModelFree(m);
  refused(LINE "species: {u: {diffusivity: 1 m2/s}}\nboundaries: {x-: {periodic: yes}, x+: {u: {value: 1 M}}}\n",
          "periodic side", "case.yaml:5:");
}

/* ---- tissues, constants, fields ---- */

Test(tissues, a_case_without_tissues_has_one_of_pure_fluid) {
  EluteModel *m = read_case(LINE "species: {u: {diffusivity: 1 m2/s}}\n");

  cr_assert_eq(m->n_tissues, 1);
  cr_assert_eq(m->tissues[0].where.kind, ELUTE_SHAPE_EVERYWHERE);
  cr_assert_eq(at(m, m->tissues[0].interstitial_fraction, 0, 0, 0), 1.0);
  EluteModelFree(m);
}

Test(tissues, lengths_may_be_formulas_of_constants) {
  EluteModel *m = read_case(LINE "constants: {R: 200 mm}\ntissues: {a: {}, b: {where: {sphere: {centre: [R/2], radius: "
                                 "2*R}}}}\nspecies: {u: {diffusivity: 1 m2/s}}\n");

  cr_assert_eq(m->tissues[1].where.kind, ELUTE_SHAPE_SPHERE);
  cr_assert_float_eq(m->tissues[1].where.a[0], 0.1, 1e-16);
  cr_assert_float_eq(m->tissues[1].where.r, 0.4, 1e-16);
  EluteModelFree(m);
}

Test(tissues, distance_in_formulas_is_that_to_the_tissue) {
  EluteModel *m =
      read_case(LINE "tissues: {a: {}, b: {where: {sphere: {radius: 100 mm}}}}\n"
                     "species: {u: {diffusivity: 1 m2/s, initial: {formula: \"distance(b)\", unit: mol/m3}}}\n");

  cr_assert_float_eq(at(m, m->species[0].initial, 0.25, 0, 0), 0.15, 1e-15);
  EluteModelFree(m);
}

Test(tissues, later_shapes_of_sets_are_read) {
  EluteModel *m =
      read_case(LINE "tissues: {a: {}, b: {where: {difference: [{sphere: {radius: 300 mm}}, {box: {from: [-50 "
                     "mm], to: [50 mm]}}]}}}\nspecies: {u: {diffusivity: 1 m2/s}}\n");
  const double inside[3] = {0.1, 0, 0}, hole[3] = {0.01, 0, 0};

  cr_assert(elute_shape_contains(&m->tissues[1].where, inside));
  cr_assert(!elute_shape_contains(&m->tissues[1].where, hole));
  EluteModelFree(m);
}

/* ---- species ---- */

Test(species, mobile_ones_come_first_in_the_order_of_the_file) {
  EluteModel *m =
      read_case(LINE "species: {b: {mobile: no}, u: {diffusivity: 1 m2/s}, c: {mobile: no}, v: {diffusivity: "
                     "1 m2/s}}\n");

  cr_assert_eq(m->n_mobile, 2);
  cr_assert_str_eq(m->species[0].name, "u");
  cr_assert_str_eq(m->species[1].name, "v");
  cr_assert_str_eq(m->species[2].name, "b");
  cr_assert_str_eq(m->species[3].name, "c");
  EluteModelFree(m);
}

Test(species, a_property_may_differ_in_a_tissue) {
  EluteModel *m = read_case(LINE "tissues: {a: {}, b: {where: {sphere: {radius: 1 mm}}}}\n"
                                 "species: {u: {diffusivity: 3 m2/s, in: {b: {diffusivity: 5 m2/s}}}}\n");

  cr_assert_eq(at(m, m->species[0].diffusivity, 0, 0, 0), 3.0);
  cr_assert_eq(at(m, m->species[0].diffusivity, 0, 1, 0), 5.0);
  EluteModelFree(m);
}

Test(species, what_a_map_of_tissues_leaves_out_is_nothing_of_an_amount) {
  EluteModel *m = read_case(LINE "tissues: {muscle: {}, tumour: {where: {sphere: {centre: [0 m], radius: 0.5 m}}}}\n"
                                 "species: {u: {mobile: no, initial: {tissue: {tumour: 2 mol/m3}}}}\n"
                                 "reactions: [{equation: 'u -> ', rate: {tissue: {tumour: 3 1/s}}}]\n");

  cr_assert_eq(at(m, m->species[0].initial, 0.7, 0, 0), 0);
  cr_assert_eq(at(m, m->species[0].initial, 0.2, 1, 0), 2);
  cr_assert_eq(at(m, m->reactions[0].rate, 0.7, 0, 0), 0);
  cr_assert_eq(at(m, m->reactions[0].rate, 0.2, 1, 0), 3);
  EluteModelFree(m);
}

Test(species, masses_become_moles_by_the_molar_mass) {
  EluteModel *m = read_case(LINE "species: {u: {diffusivity: 1 m2/s, molar_mass: 0.5 kg/mol, initial: 2 g/m3}}\n");

  cr_assert_float_eq(at(m, m->species[0].initial, 0, 0, 0), 4e-3, 1e-17);
  EluteModelFree(m);
  refused(LINE "species: {u: {diffusivity: 1 m2/s, initial: 2 g/m3}}\n", "molar_mass", "species.u.initial");
}

Test(species, thirty_two_are_enough_and_more_are_refused) {
  char text[4000] = LINE "species:\n";

  for (int i = 0; i < 32; i++) snprintf(text + strlen(text), sizeof text - strlen(text), "  s%d: {mobile: no}\n", i);
  EluteModelFree(read_case(text));
  snprintf(text + strlen(text), sizeof text - strlen(text), "  s32: {mobile: no}\n");
  refused(text, "found 33 species; at most 32", NULL);
}

/* ---- reactions (physics A2) ---- */

#define TWO "species: {a: {diffusivity: 1 m2/s}, b: {diffusivity: 1 m2/s}, c: {mobile: no}, e: {mobile: no}}\n"

Test(reactions, phi_multiplies_when_all_reactants_are_mobile) {
  EluteModel *m =
      read_case(LINE TWO "reactions: [{name: free, equation: \"a + b -> c\", rate: 1 m3/(mol s)}, {name: bound, "
                         "equation: \"a + c -> e\", rate: 1 m3/(mol s)}, {name: first, equation: \"c -> a\", "
                         "rate: 1 1/s}, {name: zeroth, equation: \" -> a\", rate: 1 mol/(m3 s)}]\n");

  cr_assert(reaction(m, "free")->in_fluid);
  cr_assert(!reaction(m, "bound")->in_fluid);
  cr_assert(!reaction(m, "first")->in_fluid);
  cr_assert(!reaction(m, "zeroth")->in_fluid);
  cr_assert_eq(reaction(m, "free")->n_factors, 2);
  cr_assert_eq(reaction(m, "zeroth")->n_factors, 0);
  EluteModelFree(m);
}

Test(reactions, changes_are_products_less_reactants) {
  EluteModel *m =
      read_case(LINE TWO "reactions: [{name: grow, equation: \"a -> 2 a\", rate: 1 1/s}, {name: die, equation: "
                         "\"2 a -> a\", rate: 1 m3/(mol s)}, {name: kept, equation: \"a + c -> c + b\", rate: 1 "
                         "m3/(mol s)}]\n");

  cr_assert_eq(change(m, reaction(m, "grow"), "a"), 1.0);
  cr_assert_eq(reaction(m, "grow")->n_factors, 1);
  cr_assert_eq(change(m, reaction(m, "die"), "a"), -1.0);
  cr_assert_eq(reaction(m, "die")->n_factors, 2);
  cr_assert_eq(reaction(m, "kept")->n_changes, 2);
  cr_assert_eq(change(m, reaction(m, "kept"), "a"), -1.0);
  cr_assert_eq(change(m, reaction(m, "kept"), "b"), 1.0);
  cr_assert_eq(reaction(m, "kept")->n_factors, 2);
  EluteModelFree(m);
}

Test(reactions, a_double_arrow_makes_two) {
  EluteModel *m =
      read_case(LINE TWO "reactions: [{name: binding, equation: \"a + c <-> e\", forward: 2 1/(M s), backward: 3 "
                         "1/s}]\n");
  const EluteReactionSpec *forward = reaction(m, "binding"), *backward = reaction(m, "binding_back");

  cr_assert_eq(m->n_reactions, 2);
  cr_assert_float_eq(at(m, forward->rate, 0, 0, 0), 2e-3, 1e-18);
  cr_assert_eq(at(m, backward->rate, 0, 0, 0), 3.0);
  cr_assert_eq(change(m, forward, "e"), 1.0);
  cr_assert_eq(change(m, backward, "e"), -1.0);
  cr_assert_eq(change(m, backward, "a"), 1.0);
  cr_assert_eq(backward->n_factors, 1);
  EluteModelFree(m);
}

Test(reactions, michaelis_menten_saturates_in_its_reactant) {
  EluteModel *m =
      read_case(LINE TWO "reactions: [{name: mm, equation: \"a -> \", law: michaelis_menten, v_max: 1 uM/s, k_m: "
                         "50 nM}, {name: enzyme, equation: \"a -> \", law: michaelis_menten, k_cat: 0.1 1/s, "
                         "catalyst: e, k_m: 50 nM}, {name: mobile_enzyme, equation: \"a -> \", law: "
                         "michaelis_menten, k_cat: 0.1 1/s, catalyst: b, k_m: 50 nM}]\n");
  const EluteReactionSpec *mm = reaction(m, "mm"), *enzyme = reaction(m, "enzyme");

  cr_assert(mm->in_fluid);
  cr_assert_eq(mm->n_factors, 1);
  cr_assert_eq(mm->factor[0].kind, ELUTE_SATURATION);
  cr_assert_float_eq(at(m, mm->factor[0].constant, 0, 0, 0), 5e-5, 1e-19);
  cr_assert_float_eq(at(m, mm->rate, 0, 0, 0), 1e-3, 1e-18);
  cr_assert(!enzyme->in_fluid, "an immobile catalyst takes the place of phi");
  cr_assert_eq(enzyme->n_factors, 2);
  cr_assert_eq(enzyme->factor[1].kind, ELUTE_LINEAR);
  cr_assert_eq(enzyme->factor[1].species, EluteModelSpeciesIndex(m, "e"));
  cr_assert_eq(enzyme->n_changes, 1);
  cr_assert(reaction(m, "mobile_enzyme")->in_fluid);
  EluteModelFree(m);
}

Test(receptors, two_arms_bind_with_twice_k_on_and_chi_of_it) {
  EluteModel *m = read_case(
      LINE "receptors: {r: {sites_per_cell: 6.02214076e5, cells: n, turnover: 1 1/s}}\n"
           "cells: {n: {density: 1e14 1/m3}}\n"
           "drugs: {d: {diffusivity: 1 m2/s, binds: {r: {k_on: 3 m3/(mol s), k_d: 2 mol/m3, valency: 2, chi: 10}}}}\n");
  const EluteReactionSpec *first = reaction(m, "d_r_binding"), *second = reaction(m, "d_r_second_arm");

  cr_assert_eq(at(m, first->rate, 0, 0, 0), 6.0);
  cr_assert_eq(at(m, reaction(m, "d_r_binding_back")->rate, 0, 0, 0), 6.0);
  cr_assert_eq(at(m, second->rate, 0, 0, 0), 30.0);
  cr_assert_eq(at(m, reaction(m, "d_r_second_arm_back")->rate, 0, 0, 0), 12.0);
  cr_assert_eq(change(m, second, "r"), -1.0);
  cr_assert_eq(change(m, second, "d.r.both"), 1.0);
  cr_assert_float_eq(at(m, m->species[EluteModelSpeciesIndex(m, "r")].initial, 0, 0, 0), 1e-4,
                     1e-18); /* 1 amol a cell */
  cr_assert_float_eq(at(m, reaction(m, "r_synthesis")->rate, 0, 0, 0), 1e-18, 1e-32);
  EluteModelFree(m);
}

Test(reactions, a_constant_per_cell_is_multiplied_by_the_cells) {
  EluteModel *m = read_case(
      LINE "species: {a: {diffusivity: 1 m2/s}, c: {mobile: no}, n: {mobile: no, quantity: number}}\n"
           "reactions: [{name: out, equation: \"c -> a\", law: michaelis_menten, k_cat: 1 amol/s, catalyst: n, "
           "k_m: 2 amol, per: n}, {name: counted, equation: \"a -> a + c\", rate: 1 1/s, as: tissue}]\n");
  const EluteReactionSpec *out = reaction(m, "out");

  cr_assert_eq(out->n_factors, 3);
  cr_assert_eq(out->factor[1].kind, ELUTE_PER);
  cr_assert_eq(out->factor[1].species, EluteModelSpeciesIndex(m, "n"));
  cr_assert_float_eq(at(m, out->factor[0].constant, 0, 0, 0), 2e-18, 1e-32); /* mol */
  cr_assert_float_eq(at(m, out->rate, 0, 0, 0), 1e-18, 1e-32);
  cr_assert(!out->in_fluid);
  cr_assert(!reaction(m, "counted")->in_fluid, "as: tissue takes phi away");
  EluteModelFree(m);
}

Test(reactions, hill_looks_at_a_species_and_inhibitors_divide) {
  EluteModel *m =
      read_case(LINE TWO "reactions: [{name: h, equation: \" -> a\", law: hill, v_max: 1 uM/s, of: c, k: 4 nM, n: "
                         "2, inhibitors: {b: 10 nM}}, {name: g, equation: \" -> a\", law: hill, v_max: 1 uM/s, "
                         "of: b, k: 4 nM, n: 2}]\n");
  const EluteReactionSpec *h = reaction(m, "h");

  cr_assert(!h->in_fluid);
  cr_assert(reaction(m, "g")->in_fluid);
  cr_assert_eq(h->n_factors, 2);
  cr_assert_eq(h->factor[0].kind, ELUTE_HILL);
  cr_assert_eq(h->factor[0].exponent, 2.0);
  cr_assert_eq(h->factor[1].kind, ELUTE_INHIBITION);
  cr_assert_eq(h->factor[1].species, EluteModelSpeciesIndex(m, "b"));
  cr_assert_eq(change(m, h, "a"), 1.0);
  EluteModelFree(m);
}

Test(reactions, an_immobile_inhibitor_does_not_take_phi_away) {
  EluteModel *m =
      read_case(LINE TWO "reactions: [{name: r, equation: \"a -> \", rate: 1 1/s, inhibitors: {c: 1 M}}]\n");

  cr_assert(reaction(m, "r")->in_fluid);
  EluteModelFree(m);
}

Test(reactions, only_in_names_the_tissues_where_it_acts) {
  EluteModel *m = read_case(LINE "tissues: {x: {}, y: {where: {sphere: {radius: 1 mm}}}}\n" TWO
                                 "reactions: [{name: r, equation: \"a -> \", rate: 1 1/s, only_in: [y]}]\n");

  cr_assert(!reaction(m, "r")->in_tissue[0]);
  cr_assert(reaction(m, "r")->in_tissue[1]);
  EluteModelFree(m);
}

Test(reactions, a_rate_may_follow_a_field) {
  EluteModel *m =
      read_case(LINE "tissues: {x: {}, y: {where: {sphere: {radius: 1 mm}}}}\nfields: {pH: {tissue: {x: 7, y: "
                     "6}}}\n" TWO "reactions: [{name: r, equation: \"a -> b\", rate: {field: pH, formula: \"8 - "
                     "pH\", unit: 1/s}}]\n");

  cr_assert_eq(at(m, reaction(m, "r")->rate, 0, 0, 0), 1.0);
  cr_assert_eq(at(m, reaction(m, "r")->rate, 0, 1, 0), 2.0);
  EluteModelFree(m);
}

Test(reactions, numbers_of_cells_have_their_own_unit) {
  EluteModel *m = read_case(LINE "species: {a: {diffusivity: 1 m2/s}, n: {mobile: no, quantity: number, initial: 1e8 "
                                 "1/mL}}\nreactions: [{name: grow, equation: \"n -> 2 n\", rate: 1 1/d}, {name: eat, "
                                 "equation: \"a + n -> n\", rate: 1e-15 m3/s}]\n");

  cr_assert_float_eq(at(m, m->species[1].initial, 0, 0, 0), 1e14, 1);
  cr_assert_float_eq(at(m, reaction(m, "eat")->rate, 0, 0, 0), 1e-15, 1e-30);
  EluteModelFree(m);
}

Test(reactions, a_wrong_unit_is_told_the_right_one_by_order) {
  refused(LINE TWO "reactions: [{equation: \"a + b -> c\", rate: 1 1/s}]\n", "m3/(mol s)", "reactions.0.rate");
  refused(LINE TWO "reactions: [{equation: \"a -> c\", rate: 1 1/(M s)}]\n", "1/s", "reactions.0.rate");
  refused(LINE TWO "reactions: [{equation: \" -> c\", rate: 1 1/s}]\n", "mol/(m3 s)", "reactions.0.rate");
}

Test(reactions, third_order_is_refused) {
  refused(LINE TWO "reactions: [{equation: \"2 a + b -> c\", rate: 1 m6/(mol2 s)}]\n", "order 3", NULL);
}

Test(reactions, one_hundred_and_twenty_eight_are_enough_and_more_are_refused) {
  char *text = calloc(1, 20000);

  strcpy(text, LINE TWO "reactions:\n");
  for (int i = 0; i < 128; i++) strcat(text, "  - {equation: \"a -> b\", rate: 1 1/s}\n");
  EluteModelFree(read_case(text));
  strcat(text, "  - {equation: \"a -> b\", rate: 1 1/s}\n");
  refused(text, "at most 128", "case.yaml:134:");
  free(text);
}

Test(reactions, made_names_are_unique) {
  EluteModel *m =
      read_case(LINE TWO "reactions: [{equation: \"a -> b\", rate: 1 1/s}, {equation: \"a -> b\", rate: 2 1/s}]\n");

  cr_assert_str_eq(m->reactions[0].name, "a_to_b");
  cr_assert_str_eq(m->reactions[1].name, "a_to_b_2");
  EluteModelFree(m);
}

/* ---- exchanges, sources, holds, boundaries ---- */

Test(exchanges, a_linear_one_is_a_loss_and_a_source) {
  EluteModel *m =
      read_case(LINE TWO "exchanges: [{name: plasma, species: a, rate: 2 1/s, outside: {table: {time: [0 s, 10 "
                         "s], value: [1 mol/m3, 3 mol/m3]}}}]\n");
  const EluteReactionSpec *loss = reaction(m, "plasma"), *gain = reaction(m, "plasma_in");

  cr_assert_eq(change(m, loss, "a"), -1.0);
  cr_assert_eq(loss->n_factors, 1);
  cr_assert(!loss->in_fluid, "the exchange counts per volume of tissue");
  cr_assert_eq(at(m, loss->rate, 0, 0, 5), 2.0);
  cr_assert_eq(change(m, gain, "a"), 1.0);
  cr_assert_eq(gain->n_factors, 0);
  cr_assert_float_eq(at(m, gain->rate, 0, 0, 5), 4.0, 1e-12);
  EluteModelFree(m);
}

Test(sources, an_amount_is_an_impulse_and_impulses_are_sorted) {
  EluteModel *m =
      read_case(LINE TWO "sources: [{name: late, species: a, amount: 2 mol, at: 5 s}, {name: early, species: b, "
                         "amount: 1 mol, where: {sphere: {radius: 100 mm}}, spread: fluid, lost: 3 mol}]\n");

  cr_assert_eq(m->n_impulses, 2);
  cr_assert_str_eq(m->impulses[0].name, "early");
  cr_assert_eq(m->impulses[0].time, 0.0);
  cr_assert_eq(m->impulses[0].lost, 3.0);
  cr_assert(m->impulses[0].uniform_fluid);
  cr_assert(!m->impulses[1].uniform_fluid);
  cr_assert_eq(m->impulses[1].amount, 2.0);
  EluteModelFree(m);
}

Test(sources, a_rate_acts_in_its_window_and_cuts_time_there) {
  EluteModel *m = read_case(LINE TWO "sources: [{name: drip, species: a, rate: 4 mol/s, from: 2 s, to: 6 s}]\n");
  const EluteReactionSpec *drip = reaction(m, "drip");
  double *cuts;
  int n;

  cr_assert(drip->has_shape && drip->shape_total);
  cr_assert_eq(at(m, drip->rate, 0, 0, 1), 0.0);
  cr_assert_eq(at(m, drip->rate, 0, 0, 3), 4.0);
  cr_assert_eq(at(m, drip->rate, 0, 0, 6), 0.0);
  cuts = EluteModelDiscontinuities(m, &n);
  cr_assert_eq(n, 2);
  cr_assert_eq(cuts[0], 2.0);
  cr_assert_eq(cuts[1], 6.0);
  free(cuts);
  EluteModelFree(m);
}

Test(sources, a_density_may_vary_in_place) {
  EluteModel *m =
      read_case(LINE TWO "sources: [{name: s, species: a, density: {formula: \"-x\", unit: mol/(m3 s)}}]\n");

  cr_assert(!reaction(m, "s")->has_shape);
  cr_assert_eq(at(m, reaction(m, "s")->rate, 0.5, 0, 0), -0.5);
  EluteModelFree(m);
}

Test(discontinuities, are_sorted_unique_and_within_the_run) {
  EluteModel *m =
      read_case(LINE TWO "sources: [{species: a, amount: 1 mol, at: 3 s}]\nboundaries: {x-: {a: {value: {table: "
                         "{time: [1 s, 3 s, 20 s], value: [0 M, 1 M, 5 M], interpolation: previous}}}}}\n");
  double *cuts;
  int n;

  cuts = EluteModelDiscontinuities(m, &n);
  cr_assert_eq(n, 1);
  cr_assert_eq(cuts[0], 3.0);
  free(cuts);
  EluteModelFree(m);
}

Test(boundaries, all_stands_for_every_side_and_every_mobile_species) {
  EluteModel *m =
      read_case(LINE TWO "boundaries: {all: {all: {value: 1 M}}, x+: {b: {transfer: {coefficient: 1 m/s, outside: "
                         "2 M}}}}\n");

  cr_assert_eq(m->n_boundaries, 3);
  cr_assert_eq(m->boundaries[0].sides, 3U);
  cr_assert_eq(m->boundaries[1].species, 1);
  cr_assert_eq(m->boundaries[2].kind, ELUTE_BOUNDARY_TRANSFER);
  cr_assert_eq(m->boundaries[2].sides, 2U);
  EluteModelFree(m);
}

Test(boundaries, a_shape_by_name_marks_a_patch) {
  EluteModel *m =
      read_case("elute: 1\nmesh: {x: {from: 0 m, to: 1 m, cells: 4}, y: {from: 0 m, to: 1 m, cells: 4}}\ntime: "
                "{end: 1 s}\nspecies: {u: {diffusivity: 1 m2/s}}\nshapes: {port: {box: {from: [-1 mm, 0 m], to: "
                "[1 mm, 0.5 m]}}}\nboundaries: {port: {u: {flux: 1 mol/(m2 s)}}}\n");
  const double in[3] = {0, 0.25, 0}, out[3] = {0, 0.75, 0};

  cr_assert_eq(m->boundaries[0].sides, 15U);
  cr_assert(m->boundaries[0].has_shape);
  cr_assert(elute_shape_contains(&m->boundaries[0].shape, in));
  cr_assert(!elute_shape_contains(&m->boundaries[0].shape, out));
  EluteModelFree(m);
}

Test(holds, keep_a_species_of_a_tissue_at_a_value) {
  EluteModel *m = read_case(LINE "tissues: {x: {}, bath: {where: {sphere: {radius: 1 mm}}}}\n" TWO
                                 "hold: {bath: {a: {value: 1 M}, c: {value: 2 M}}}\n");

  cr_assert_eq(m->n_holds, 2);
  cr_assert_eq(m->holds[1].tissue, 1);
  cr_assert_eq(m->holds[1].species, EluteModelSpeciesIndex(m, "c"));
  cr_assert_float_eq(at(m, m->holds[1].value, 0, 0, 0), 2000.0, 1e-9);
  EluteModelFree(m);
}

/* ---- domain words ---- */

#define CUBE                                                                                                           \
  "elute: 1\nmesh: {x: {from: -3 mm, to: 3 mm, cells: 6}, y: {from: -3 mm, to: 3 mm, cells: 6}, z: {from: -3 mm, to: " \
  "3 mm, cells: 6}}\ntime: {end: 1 h}\n"
#define DRUG "drugs: {dox: {diffusivity: 1e-10 m2/s, molar_mass: 0.5 kg/mol}}\n"

Test(domain, a_loaded_carrier_is_a_species_that_releases_its_drug) {
  EluteModel *m =
      read_case(CUBE DRUG "carriers: {ship: {diffusivity: 1e-12 m2/s, availability: 0.5, carries: {dox: {release: "
                          "{rate: 2 1/s}}}}}\n");
  const int loaded = EluteModelSpeciesIndex(m, "ship.dox");
  const EluteReactionSpec *release = reaction(m, "ship_dox_release");

  cr_assert_eq(m->n_species, 2);
  cr_assert_geq(loaded, 0);
  cr_assert_eq(EluteModelSpeciesIndex(m, "ship"), -1, "a carrier with a drug is no species by itself");
  cr_assert_eq(at(m, m->species[loaded].diffusivity, 0, 0, 0), 1e-12);
  cr_assert_eq(at(m, m->species[loaded].availability, 0, 0, 0), 0.5);
  cr_assert_eq(m->species[loaded].molar_mass, 0.5);
  cr_assert_eq(at(m, release->rate, 0, 0, 0), 2.0);
  cr_assert_eq(change(m, release, "ship.dox"), -1.0);
  cr_assert_eq(change(m, release, "dox"), 1.0);
  EluteModelFree(m);
}

Test(domain, degradation_releases_or_destroys_the_payload) {
  EluteModel *m = read_case(
      CUBE DRUG "carriers:\n"
                "  a: {diffusivity: 1e-12 m2/s, carries: {dox: {release: {rate: 2 1/s}}}, degradation: {rate: 3 1/s}}\n"
                "  b: {diffusivity: 1e-12 m2/s, carries: {dox: {release: {rate: 2 1/s}}}, degradation: {rate: 4 1/s, "
                "payload: destroyed}}\n");

  cr_assert_eq(change(m, reaction(m, "a_dox_degradation"), "dox"), 1.0);
  cr_assert_eq(change(m, reaction(m, "a_dox_degradation"), "a.dox"), -1.0);
  cr_assert_eq(change(m, reaction(m, "b_dox_degradation"), "dox"), 0.0);
  cr_assert_eq(change(m, reaction(m, "b_dox_degradation"), "b.dox"), -1.0);
  EluteModelFree(m);
}

Test(domain, a_carrier_alone_is_a_species) {
  EluteModel *m = read_case(CUBE "carriers: {ship: {diffusivity: 1e-12 m2/s, degradation: {rate: 3 1/s}}}\n"
                                 "delivery: {n: {give: ship, dose: 2 nmol, at: [0 m, 0 m, 0 m], radius: 1 mm}}\n");

  cr_assert_eq(EluteModelSpeciesIndex(m, "ship"), 0);
  cr_assert_eq(change(m, reaction(m, "ship_degradation"), "ship"), -1.0);
  cr_assert_float_eq(m->impulses[0].amount, 2e-9, 1e-24);
  EluteModelFree(m);
}

Test(domain, a_tissue_slows_carriers_and_not_drugs) {
  EluteModel *m = read_case(
      CUBE "tissues: {a: {}, wall: {where: {sphere: {radius: 1 mm}}, carrier_diffusivity_factor: 0.25}}\n" DRUG
           "carriers: {ship: {diffusivity: 4e-12 m2/s, carries: {dox: {release: {rate: 2 1/s}}}}, own: "
           "{diffusivity: 4e-12 m2/s, in: {wall: {diffusivity: 3e-12 m2/s}}}}\n");
  const EluteSpecies *dox = &m->species[EluteModelSpeciesIndex(m, "dox")];
  const EluteSpecies *ship = &m->species[EluteModelSpeciesIndex(m, "ship.dox")];
  const EluteSpecies *own = &m->species[EluteModelSpeciesIndex(m, "own")];

  cr_assert_eq(at(m, dox->diffusivity, 0, 1, 0), 1e-10);
  cr_assert_eq(at(m, ship->diffusivity, 0, 0, 0), 4e-12);
  cr_assert_float_eq(at(m, ship->diffusivity, 0, 1, 0), 1e-12, 1e-27);
  cr_assert_eq(at(m, own->diffusivity, 0, 1, 0), 3e-12, "what the carrier says of the tissue itself stands");
  EluteModelFree(m);
}

Test(depot, fills_the_interstitial_fluid_of_a_sphere) {
  EluteModel *m = read_case(CUBE "tissues: {a: {interstitial_fraction: 0.3}}\n" DRUG
                                 "delivery: {needle: {give: dox, dose: 5 ug, at: [1 mm, 0 mm, 0 mm], volume: 2 uL, "
                                 "lost_along_track: 0.2, start: 10 min}}\n");
  const EluteImpulse *needle = &m->impulses[0];

  cr_assert_str_eq(needle->name, "needle");
  cr_assert_eq(needle->time, 600.0);
  cr_assert_float_eq(needle->amount, 0.8e-8, 1e-22);
  cr_assert_float_eq(needle->lost, 0.2e-8, 1e-22);
  cr_assert(needle->uniform_fluid);
  cr_assert_eq(needle->shape.kind, ELUTE_SHAPE_SPHERE);
  cr_assert_float_eq(needle->shape.a[0], 1e-3, 1e-18);
  cr_assert_float_eq(needle->shape.r, cbrt(3 * 2e-9 / (4 * 3.14159265358979323846 * 0.3)), 1e-16);
  EluteModelFree(m);
}

Test(depot, takes_the_fraction_of_the_tissue_at_its_tip) {
  EluteModel *m =
      read_case(CUBE "tissues: {a: {interstitial_fraction: 1}, b: {interstitial_fraction: 0.125, where: {sphere: "
                     "{centre: [2 mm, 0 mm, 0 mm], radius: 0.5 mm}}}}\n" DRUG
                     "delivery: {in: {give: dox, dose: 1 nmol, at: [2 mm, 0 mm, 0 mm], volume: 1 uL}, out: {give: "
                     "dox, dose: 1 nmol, at: [0 mm, 0 mm, 0 mm], volume: 1 uL}}\n");

  cr_assert_float_eq(m->impulses[0].shape.r, 2 * m->impulses[1].shape.r, 1e-16);
  EluteModelFree(m);
}

Test(depot, over_a_duration_is_a_rate_and_its_loss_is_booked) {
  EluteModel *m =
      read_case(CUBE DRUG "delivery: {slow: {give: dox, dose: 10 nmol, at: [0 m, 0 m, 0 m], radius: 1 mm, start: 1 "
                          "min, duration: 100 s, lost_along_track: 0.1}}\n");
  const EluteReactionSpec *slow = reaction(m, "slow");

  cr_assert(slow->shape_total && slow->uniform_fluid);
  cr_assert_float_eq(at(m, slow->rate, 0, 0, 100), 9e-11, 1e-25);
  cr_assert_eq(at(m, slow->rate, 0, 0, 30), 0.0);
  cr_assert_eq(at(m, slow->rate, 0, 0, 161), 0.0);
  cr_assert_eq(m->n_impulses, 1);
  cr_assert_str_eq(m->impulses[0].name, "slow_track");
  cr_assert_eq(m->impulses[0].amount, 0.0);
  cr_assert_float_eq(m->impulses[0].lost, 1e-9, 1e-23);
  EluteModelFree(m);
}

Test(depot, each_drug_of_a_carrier_has_its_dose_and_the_same_sphere) {
  EluteModel *m =
      read_case(CUBE "drugs: {a: {diffusivity: 1e-10 m2/s}, b: {diffusivity: 1e-10 m2/s}}\ncarriers: {ship: "
                     "{diffusivity: 1e-12 m2/s, release: {rate: 1 1/h}, carries: {a: , b: }}}\ndelivery: {needle: "
                     "{give: ship, dose: {a: 1 nmol, b: 2 nmol}, at: [0 m, 0 m, 0 m], volume: 1 uL}}\n");

  cr_assert_eq(m->n_impulses, 2);
  cr_assert_eq(m->impulses[0].species, EluteModelSpeciesIndex(m, "ship.a"));
  cr_assert_float_eq(m->impulses[1].amount, 2e-9, 1e-24);
  cr_assert_eq(m->impulses[0].shape.r, m->impulses[1].shape.r);
  cr_assert_str_eq(m->impulses[1].name, "needle");
  EluteModelFree(m);
}

static char *printed(const EluteNode *tree) {
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);

  EluteTreePrint(tree, file);
  fclose(file);
  return text;
}

static void same_model(const EluteModel *a, const EluteModel *b) {
  cr_assert_eq(a->n_species, b->n_species);
  cr_assert_eq(a->n_reactions, b->n_reactions);
  cr_assert_eq(a->n_impulses, b->n_impulses);
  for (int k = 0; k < a->n_species; k++) {
    const int other = EluteModelSpeciesIndex(b, a->species[k].name);

    cr_assert_eq(other, k);
    if (k < a->n_mobile)
      cr_assert_eq(at(a, a->species[k].diffusivity, 0, 0, 0), at(b, b->species[k].diffusivity, 0, 0, 0));
  }
  for (int i = 0; i < a->n_impulses; i++) {
    cr_assert_eq(a->impulses[i].amount, b->impulses[i].amount);
    cr_assert_eq(a->impulses[i].lost, b->impulses[i].lost);
    cr_assert_eq(a->impulses[i].shape.r, b->impulses[i].shape.r);
  }
}

Test(echo, the_case_as_understood_and_its_expansion_give_the_same_model) {
  EluteModel *m =
      read_case(CUBE "tissues: {muscle: {from: muscle}, tumour: {from: sarcoma, where: {sphere: {radius: 2 mm}}}}\n"
                     "drugs: {doxorubicin: {from: doxorubicin}}\ncarriers: {stealth: {from: peg_liposome, carries: "
                     "{doxorubicin: }}}\ndelivery: {needle: {give: stealth, dose: 5 ug, at: [0 m, 0 m, 0 m], "
                     "volume: 2 uL, lost_along_track: 0.3}}\n"
                     "species: {receptor: {mobile: no, initial: {tissue: {muscle: 0 nM, tumour: 4 nM}}}}\n");
  char *echo = printed(m->tree), *expansion = printed(m->expanded);
  EluteModel *again = read_case(echo), *generic = read_case(expansion);

  cr_assert(strstr(echo, "; S2"), "the source of the catalogue's numbers is shown");
  cr_assert_null(strstr(expansion, "carriers:"));
  cr_assert_null(strstr(expansion, "delivery:"));
  same_model(m, again);
  same_model(m, generic);
  free(echo);
  free(expansion);
  EluteModelFree(again);
  EluteModelFree(generic);
  EluteModelFree(m);
}

/* ---- the whole ---- */

Test(settings, override_values_by_their_path) {
  static const char text[] = LINE "species: {u: {diffusivity: 1 m2/s}}\n";
  char *set[] = {"mesh.x.cells=8", "species.u.diffusivity=3 m2/s", "time.end=1 min"};
  EluteDiagnostics d = {0};
  EluteModel *m = EluteModelRead("case.yaml", text, strlen(text), 3, set, &d);

  cr_assert(m, "%s", d.text ? d.text : "");
  cr_assert_eq(m->mesh.n[0], 8);
  cr_assert_eq(at(m, m->species[0].diffusivity, 0, 0, 0), 3.0);
  cr_assert_eq(m->time.end, 60.0);
  EluteModelFree(m);
}

Test(errors, of_all_stages_are_reported_at_once_in_the_order_of_the_file) {
  static const char text[] = "elute: 1\n"
                             "mesh: {x: {from: 0 m, to: 1 m, cells: 4, strech: 2}}\n"
                             "species:\n"
                             "  u: {diffusivity: 1 m/s}\n"
                             "  v: {}\n"
                             "reactions:\n"
                             "  - {equation: \"u -> w\", rate: 1 1/s}\n"
                             "boundaries: {y-: {u: {value: 1 M}}}\n"
                             "time: {end: 10 s}\n"
                             "output: {fields: [x]}\n";
  static const char *const parts[] = {
      "case.yaml:2:", "case.yaml:4:", "case.yaml:5:", "case.yaml:7:", "case.yaml:8:", "case.yaml:10:"};
  EluteDiagnostics d = {0};
  const char *from;

  cr_assert_null(EluteModelRead("case.yaml", text, strlen(text), 0, NULL, &d));
  cr_assert_eq(d.n_errors, 6, "%s", d.text);
  from = d.text;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    from = strstr(from, parts[i]);
    cr_assert(from, "%s not in order in:\n%s", parts[i], d.text);
  }
  EluteDiagnosticsClear(&d);
}

Test(errors, an_unknown_name_is_told_the_nearest) {
  refused(LINE TWO "exchanges: [{species: a, rate: 1 1/s, outside: 1 M, only_in: [tisue]}]\n", "did you mean 'tissue'",
          NULL);
  refused(LINE "species: {drug: {diffusivity: 1 m2/s}}\nreactions: [{equation: \"drg -> \", rate: 1 1/s}]\n",
          "did you mean 'drug'", "case.yaml:5:");
}

Test(verify, criteria_are_read) {
  EluteModel *m =
      read_case(LINE TWO "sources: [{name: dose, species: a, amount: 1 mol, lost: 1 mol}]\n"
                         "verify:\n"
                         "  - {species: a, at: 10 s, norm: linf, below: 1e-3, exact: {formula: \"x\", unit: M}}\n"
                         "  - {species: a, point: [0.5 m], equals: 0.8 mol/m3, within: 0.5 %}\n"
                         "  - {species: c, total_in: all, equals: 3 nmol, within: 1 pmol}\n"
                         "  - {ledger: a.dose, at: 6 s, below: 0 mol}\n"
                         "  - {ledger: a.dose.lost, above: 0 mol}\n");

  cr_assert_eq(m->n_verify, 5);
  cr_assert(m->verify[0].infinity_norm);
  cr_assert_eq(m->verify[1].kind, ELUTE_VERIFY_POINT);
  cr_assert_eq(m->verify[1].at, 10.0);
  cr_assert_float_eq(m->verify[1].within, 5e-3, 1e-18);
  cr_assert(!m->verify[1].within_absolute);
  cr_assert_eq(m->verify[2].tissue, -1);
  cr_assert(m->verify[2].within_absolute);
  cr_assert_float_eq(m->verify[2].within, 1e-12, 1e-27);
  cr_assert(m->verify[3].has_below && !m->verify[3].has_equals);
  EluteModelFree(m);
}

Test(verify, a_row_that_the_ledger_cannot_have_is_refused_with_those_it_has) {
  refused(LINE TWO "boundaries: {x-: {a: {value: 0 M}}}\nverify: [{ledger: a.surface, equals: 1 mol, within: 1 %}]\n",
          "a.x-", "verify.0.ledger");
}
