/* Keys of what drugs do in tissue: receptors and binding, uptake, cells and how drugs kill them. */
#include "schema_parts.h"

/* clang-format off: one key a line or two */
static const EluteKey binding_keys[] = {
    FROM("how a drug binds a receptor"),
    {"k_on", ELUTE_TYPE_VALUE, "m3/(mol s)", .required = true, NOT_NEGATIVE, .doc = "Rate constant of one arm's binding to a receptor in reach of the fluid."},
    {"k_off", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Rate constant of one arm's dissociation."},
    {"k_d", ELUTE_TYPE_QUANTITY, "mol/m3", NOT_NEGATIVE, .doc = "Instead of k_off: dissociation constant of one arm, k_off/k_on. What is measured with two arms on cells is an avidity, not this."},
    {"valency", ELUTE_TYPE_INTEGER, .fallback = "1", .minimum = 1, .maximum = 2, .doc = "Arms that can bind. With 2 the first one binds with 2 k_on, and the species DRUG.RECEPTOR.both holds what both arms hold."},
    {"chi", ELUTE_TYPE_NUMBER, NOT_NEGATIVE, .doc = "With valency: 2: the second arm binds with chi k_on."},
    {"internalisation", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Rate at which what is bound is taken into cells, to DRUG.inside; none if absent."},
    {"receptor", ELUTE_TYPE_CHOICE, .fallback = "lost", .choices = "lost|returned", .doc = "What becomes of a receptor whose drug is taken in."},
    {"recycling", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Rate at which what is inside comes back, the drug into the fluid, and its receptor too where receptor: lost took it in; none if absent."}, END};
const EluteKey elute_binding = {.type = ELUTE_TYPE_SECTION, .keys = binding_keys, .doc = "Binding to one receptor: the species DRUG.RECEPTOR."};

const EluteKey elute_protein_keys[] = {
    FROM("a drug's binding to proteins"),
    {"fraction_bound", ELUTE_TYPE_NUMBER, .minimum = 0, .maximum = 1, .doc = "Share that is bound at equilibrium; needs `rate`."},
    {"rate", ELUTE_TYPE_QUANTITY, "1/s", POSITIVE, .doc = "At which the equilibrium is approached: the sum of both rate constants."},
    {"irreversible", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Instead of both: rate constant of binding for good."},
    {"diffusivity", ELUTE_TYPE_VALUE, "m2/s", NOT_NEGATIVE, .doc = "Of the bound drug; it does not move if absent."},
    {"availability", ELUTE_TYPE_VALUE, "1", FRACTION, .doc = "Of the interstitial fluid for the bound drug; 1 if absent."},
    {"convective_hindrance", ELUTE_TYPE_VALUE, "1", FRACTION, .doc = "Of the bound drug; 1 if absent."},
    {"permeability", ELUTE_TYPE_VALUE, "m/s", NOT_NEGATIVE, .doc = "Of the vessel wall for the bound drug; it does not pass if absent."}, END};

const EluteKey elute_uptake_keys[] = {
    FROM("a drug's uptake"),
    {"law", ELUTE_TYPE_CHOICE, .fallback = "linear", .choices = "linear|saturable", .doc = "linear: rate times what is outside; saturable: v_max c/(c + k_outside) inwards, v_max i/(i + k_inside) outwards."},
    {"by", ELUTE_TYPE_REFERENCE, .choices = "cells", .doc = "Cells that take it up: constants are then for each of them. Per volume of tissue if absent."},
    {"rate", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "linear: 1/s; volume of fluid that a cell clears per time (m3/s) with `by`."},
    {"v_max", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "saturable: largest rate, mol/(m3 s); mol/s with `by`."},
    {"k_outside", ELUTE_TYPE_VALUE, "mol/m3", POSITIVE, .doc = "saturable: concentration in the fluid of half the rate inwards."},
    {"k_inside", ELUTE_TYPE_VALUE, POSITIVE, .doc = "saturable: content of half the rate outwards, mol/m3; mol with `by`. Nothing is carried out if absent."}, END};

const EluteKey elute_inside_keys[] = {
    {"degradation", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Rate constant of its loss inside cells, such as metabolism; none if absent."},
    {"efflux", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Rate constant of its way back into the fluid; none if absent."}, END};

static const EluteKey production_keys[] = {
    FROM("what cells answer to"),
    {"rate", ELUTE_TYPE_VALUE, "mol/s", .required = true, NOT_NEGATIVE, .doc = "Of one cell; the largest one with in_response_to."},
    {"in_response_to", ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "A species that the cells answer to, rate x^n/(ec50^n + x^n); they always make it if absent."},
    {"ec50", ELUTE_TYPE_VALUE, "mol/m3", POSITIVE, .doc = "Its concentration of half the rate."},
    {"n", ELUTE_TYPE_NUMBER, POSITIVE, .doc = "Exponent of the answer; 1 if absent."}, END};
const EluteKey elute_production = {.type = ELUTE_TYPE_SECTION, .keys = production_keys, .doc = "How cells of one kind make it."};

static const EluteKey receptor_keys[] = {
    FROM("a receptor"),
    {"density", ELUTE_TYPE_VALUE, "mol/m3", NOT_NEGATIVE, .doc = "Sites per volume of tissue at the beginning."},
    {"sites_per_cell", ELUTE_TYPE_NUMBER, POSITIVE, .doc = "Instead of a density: sites on each of `cells`, which take theirs along when they die and make new ones as they grow."},
    {"cells", ELUTE_TYPE_REFERENCE, .choices = "cells", .doc = "Whose sites they are."},
    {"turnover", ELUTE_TYPE_QUANTITY, "1/s", NOT_NEGATIVE, .doc = "Rate constant at which free sites are lost; as many are made as keep what there was at the beginning (on each cell). None if absent."}, END};
const EluteKey elute_receptor = {.type = ELUTE_TYPE_SECTION, .keys = receptor_keys, .at_least = 1, .doc = "A receptor: an immobile species of its own name, the free sites."};

static const EluteKey growth_keys[] = {
    {"law", ELUTE_TYPE_CHOICE, .fallback = "logistic", .choices = "logistic|gompertz", .doc = "logistic: cells divide at `rate` and at capacity as many die of crowding; gompertz: the density changes by rate ln(capacity/density) of itself, above capacity too, where nothing is left behind."},
    {"rate", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Rate constant of division."},
    {"capacity", ELUTE_TYPE_QUANTITY, "1/m3", POSITIVE, .doc = "Density at which growth ends; logistic: without limit if absent."}, END};
static const EluteKey kill_keys[] = {
    FROM("how a drug kills"),
    {"law", ELUTE_TYPE_CHOICE, .fallback = "emax", .choices = "emax|auc", .doc = "emax: cells die at k_max x^n/(ec50^n + x^n); auc: -ln survival = alpha AUC + beta AUC^2 of the concentration in the fluid (without beta: log-kill)."},
    {"k_max", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "emax: largest rate of death."},
    {"ec50", ELUTE_TYPE_VALUE, POSITIVE, .doc = "emax: x of half that rate: a concentration, or of: inside an amount in one cell. May depend on a field, prescribed or solved, such as temperature."},
    {"occupancy", ELUTE_TYPE_NUMBER, FRACTION, .doc = "emax with of: bound, instead of ec50: share of the receptor's sites_per_cell that is bound at half that rate."},
    {"n", ELUTE_TYPE_NUMBER, POSITIVE, .doc = "emax: exponent; 1 if absent."},
    {"of", ELUTE_TYPE_CHOICE, .fallback = "fluid", .choices = "fluid|inside|bound", .doc = "emax: x is the concentration in the fluid, the content of a cell, or what is bound to a cell."},
    {"receptor", ELUTE_TYPE_REFERENCE, .choices = "receptors", .doc = "of: bound: to which receptor."},
    {"alpha", ELUTE_TYPE_VALUE, "m3/(mol s)", NOT_NEGATIVE, .doc = "auc: per AUC."},
    {"beta", ELUTE_TYPE_VALUE, "m6/(mol2 s2)", NOT_NEGATIVE, .doc = "auc: per square of the AUC, which becomes the species DRUG.auc (mol s/m3 of fluid); 0 if absent."}, END};
const EluteKey elute_kill = {.type = ELUTE_TYPE_SECTION, .keys = kill_keys, .doc = "How one drug kills them. Rates of several drugs add up: survivals multiply (Bliss independence)."};
static const EluteKey released = {.type = ELUTE_TYPE_QUANTITY, .dimension = "mol", NOT_NEGATIVE, .doc = "Amount that one dying cell releases."};
static const EluteKey dying_keys[] = {
    {"bound", ELUTE_TYPE_TEXT, .fallback = "freed", .doc = "What becomes of drug bound to a dying cell: freed (into the fluid), lost, or the name of a species that it becomes. So also of carriers on its receptors, with their loads."},
    {"inside", ELUTE_TYPE_TEXT, .fallback = "freed", .doc = "Likewise of drug in a dying cell, in carriers too."},
    {"carriers", ELUTE_TYPE_CHOICE, .fallback = "opened", .choices = "opened|whole", .doc = "inside: freed: what becomes of carriers in a dying cell. opened: the drug in them is free, they are gone; whole: they come out with what they carry, divided as in new ones."},
    {"releases", ELUTE_TYPE_MAP, .element = &released, .choices = ".", .doc = "Species such as antigen that a dying cell releases, by name."}, END};
static const EluteKey cell_keys[] = {
    FROM("a population of cells"),
    {"density", ELUTE_TYPE_VALUE, "1/m3", .required = true, NOT_NEGATIVE, .doc = "Cells per volume of tissue at the beginning."},
    {"growth", ELUTE_TYPE_SECTION, .keys = growth_keys, .doc = "Cells divide; not if absent."},
    {"death", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Rate at which they die by themselves; 0 if absent."},
    {"killed_by", ELUTE_TYPE_MAP, .element = &elute_kill, .doc = "Drugs by name."},
    {"dying", ELUTE_TYPE_SECTION, .keys = dying_keys, .fallback = "{}", .doc = "What a dying cell leaves."}, END};
const EluteKey elute_cell = {.type = ELUTE_TYPE_SECTION, .keys = cell_keys, .doc = "A population of cells: an immobile species of its own name, counted per volume of tissue (1/m3). Their death does not change the interstitial fraction unless `changes` says how that follows them."};
/* clang-format on */
