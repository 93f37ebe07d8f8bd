/* Every key of the case language. Bounds are in SI. A default that depends on other keys is not in `fallback`: the model
   builder writes it into the tree, and the documentation says what it is. */
#include "schema_parts.h"

/* clang-format off: one key a line or two */
static const EluteKey shape = {.type = ELUTE_TYPE_SECTION, .keys = elute_shape_keys, .at_least = 1, .doc = "A shape with a name, for patches of the boundary."};
/* ---- mesh ---- */
static const EluteKey uniform_axis_keys[] = {
    {"from", ELUTE_TYPE_LENGTH, .required = true, .doc = "Where the axis begins."},
    {"to", ELUTE_TYPE_LENGTH, .required = true, .doc = "Where it ends."},
    {"cells", ELUTE_TYPE_INTEGER, .required = true, .minimum = 1, .maximum = 1e7, .doc = "Number of cells."},
    {"stretch", ELUTE_TYPE_NUMBER, .fallback = "1", POSITIVE, .doc = "Width of a cell over that of the one before it."}, END};
static const EluteKey edge = {.type = ELUTE_TYPE_LENGTH, .doc = "One edge."};
static const EluteKey explicit_axis_keys[] = {
    {"edges", ELUTE_TYPE_LIST, .required = true, .element = &edge, .at_least = 2, .doc = "All edges of the cells, increasing."}, END};
static const EluteKey axis_forms[] = {
    {"uniform", ELUTE_TYPE_SECTION, .keys = uniform_axis_keys, .doc = "Equal or geometrically growing cells."},
    {"explicit", ELUTE_TYPE_SECTION, .keys = explicit_axis_keys, .doc = "Every edge given."}, END};
static const EluteKey mesh_keys[] = {
    {"geometry", ELUTE_TYPE_CHOICE, .fallback = "cartesian", .choices = "cartesian|cylindrical|spherical|well_mixed",
     .doc = "cartesian: x, y, z; cylindrical: r, z; spherical: r; well_mixed: one cell of a volume."},
    {"x", ELUTE_TYPE_EITHER, .keys = axis_forms, .doc = "First Cartesian axis."},
    {"y", ELUTE_TYPE_EITHER, .keys = axis_forms, .doc = "Second Cartesian axis."},
    {"z", ELUTE_TYPE_EITHER, .keys = axis_forms, .doc = "Third Cartesian axis, or along the axis of a cylinder."},
    {"r", ELUTE_TYPE_EITHER, .keys = axis_forms, .doc = "Distance from the axis or the centre."},
    {"refine", ELUTE_TYPE_INTEGER, .fallback = "1", .minimum = 1, .maximum = 1024, .doc = "Every cell is divided into so many along each axis."},
    {"volume", ELUTE_TYPE_QUANTITY, "m3", POSITIVE, .doc = "Volume of the one cell of a well-mixed case."}, END};

/* ---- domain words ---- */
static const EluteKey component = {.type = ELUTE_TYPE_NUMBER, .doc = "A component."};
static const EluteKey tensor_keys[] = {
    {"xx", ELUTE_TYPE_NUMBER, .required = true, POSITIVE, .doc = "Along x."},
    {"yy", ELUTE_TYPE_NUMBER, .required = true, POSITIVE, .doc = "Along y."},
    {"zz", ELUTE_TYPE_NUMBER, POSITIVE, .doc = "Along z; on a mesh of three axes."},
    {"xy", ELUTE_TYPE_NUMBER, .doc = "What a gradient along y drives along x, and the other way round; 0 if absent."},
    {"xz", ELUTE_TYPE_NUMBER, .doc = "Likewise of x and z."},
    {"yz", ELUTE_TYPE_NUMBER, .doc = "Likewise of y and z."}, END};
#define TENSOR \
    {"direction", ELUTE_TYPE_LIST, .element = &component, .at_least = 1, .doc = "Along the fibres: one component for each axis of the mesh, of any length. Properties are those along it."}, \
    {"across", ELUTE_TYPE_NUMBER, POSITIVE, .doc = "The property across the direction over that along it."}, \
    {"tensor", ELUTE_TYPE_SECTION, .keys = tensor_keys, .doc = "Instead of a direction: a symmetric positive definite tensor that multiplies the property."}
static const EluteKey flow_anisotropy_keys[] = {TENSOR, END};
static const EluteKey anisotropy_keys[] = {
    TENSOR,
    {"hydraulic_conductivity", ELUTE_TYPE_SECTION, .keys = flow_anisotropy_keys, .at_least = 1, .doc = "Where that of the hydraulic conductivity differs; what is not said here is as for diffusion."}, END};
static const EluteKey dilatation_keys[] = {
    {"factor", ELUTE_TYPE_NUMBER, .required = true, NOT_NEGATIVE, .doc = "M, by which the logarithm of the conductivity rises per dilatation."},
    {"modulus", ELUTE_TYPE_QUANTITY, "Pa", .required = true, POSITIVE, .doc = "Lame's lambda + 2 G of the matrix."},
    {"reference_pressure", ELUTE_TYPE_QUANTITY, "Pa", .required = true, .doc = "p_0, at which the conductivity is the one given."}, END};
static const EluteKey tissue_keys[] = {
    FROM("a tissue"),
    {"where", ELUTE_TYPE_SECTION, .keys = elute_shape_keys, .at_least = 1, .doc = "Its shape; the first tissue fills the domain and has none, later ones paint over earlier ones."},
    {"interstitial_fraction", ELUTE_TYPE_VALUE, "1", .fallback = "1", FRACTION, .doc = "Volume of interstitial fluid per volume of tissue."},
    {"hydraulic_conductivity", ELUTE_TYPE_VALUE, "m2/(Pa s)", POSITIVE, .doc = "Darcy velocity per gradient of pressure, K; needed by flow: darcy_starling."},
    {"dilatation", ELUTE_TYPE_SECTION, .keys = dilatation_keys, .doc = "With flow: darcy_starling: the matrix gives with the pressure, K exp(M e) with e = (p - p_0)/(lambda + 2 G); rigid if absent."},
    {"vascular_density", ELUTE_TYPE_VALUE, "1/m", NOT_NEGATIVE, .doc = "Area of vessel wall per volume of tissue, S/V; 0 if absent."},
    {"vessel_conductivity", ELUTE_TYPE_VALUE, "m/(Pa s)", NOT_NEGATIVE, .doc = "Hydraulic conductivity of the vessel wall, L_p; 0 if absent."},
    {"vessel_pressure", ELUTE_TYPE_VALUE, "Pa", .doc = "Pressure in the vessels, p_v; 0 if absent."},
    {"osmotic_pressure_vessel", ELUTE_TYPE_VALUE, "Pa", NOT_NEGATIVE, .doc = "Colloid osmotic pressure of plasma, pi_v; 0 if absent."},
    {"osmotic_pressure_tissue", ELUTE_TYPE_VALUE, "Pa", NOT_NEGATIVE, .doc = "Colloid osmotic pressure of interstitial fluid, pi_i; 0 if absent."},
    {"osmotic_reflection", ELUTE_TYPE_VALUE, "1", .minimum = 0, .maximum = 1, .doc = "Average osmotic reflection coefficient of plasma proteins, sigma_T; 0 if absent."},
    {"lymph_conductance", ELUTE_TYPE_VALUE, "1/(Pa s)", NOT_NEGATIVE, .doc = "Fluid that lymph vessels take up per volume of tissue and pressure above theirs, G_L; 0 (none, as in tumours) if absent."},
    {"lymph_pressure", ELUTE_TYPE_VALUE, "Pa", .doc = "Pressure in the lymph vessels, p_L; 0 if absent."},
    {"interstitial_pressure", ELUTE_TYPE_VALUE, "Pa", .doc = "Pressure of interstitial fluid where no flow is solved, p; 0 if absent."},
    {"pore_radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Of the pores of the interstitial matrix, for model: pore."},
    {"fibre_fraction", ELUTE_TYPE_NUMBER, FRACTION, .doc = "Volume of fibres per volume of interstitium, for model: fibre_matrix."},
    {"fibre_radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Of these fibres."},
    {"vessel_pore_radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Of the pores of vessel walls, for the reflection's model: pore."},
    {"anisotropy", ELUTE_TYPE_SECTION, .keys = anisotropy_keys, .at_least = 1, .doc = "Tissue with a direction, such as aligned collagen: diffusivities of all species, and the hydraulic conductivity, are tensors there. On Cartesian meshes of two or three axes."},
    HEAT_OF_TISSUE,
    {"carrier_diffusivity_factor", ELUTE_TYPE_NUMBER, .fallback = "1", POSITIVE, .doc = "Multiplies the diffusivity of every carrier here (dense matrix hinders carriers more than drugs)."},
    {"vary", ELUTE_TYPE_SECTION, .keys = elute_vary_keys, .at_least = 1, .doc = "How properties vary from cell to cell: each is its value times these factors, functions of place."}, END};
const EluteKey elute_tissue = {.type = ELUTE_TYPE_SECTION, .keys = tissue_keys, .doc = "A tissue."};
static const EluteKey field = {.type = ELUTE_TYPE_VALUE, .doc = "A field such as pH, that rates may depend on."};
static const EluteKey constant = {.type = ELUTE_TYPE_VALUE, .doc = "A number or a quantity."};

static const EluteKey dose_of = {.type = ELUTE_TYPE_QUANTITY, .dimension = "mol", POSITIVE, .doc = "Dose of one drug, an amount or a mass."};
static const EluteKey dose_forms[] = {
    {"one", ELUTE_TYPE_QUANTITY, "mol", POSITIVE, .doc = "Of the only drug: an amount or a mass."},
    {"each", ELUTE_TYPE_MAP, .element = &dose_of, .doc = "Of each drug by name."}, END};
static const EluteKey concentration_of = {.type = ELUTE_TYPE_QUANTITY, .dimension = "mol/m3", POSITIVE, .doc = "Of one drug in the fluid that is given."};
static const EluteKey concentration_forms[] = {
    {"one", ELUTE_TYPE_QUANTITY, "mol/m3", POSITIVE, .doc = "Of the only drug."},
    {"each", ELUTE_TYPE_MAP, .element = &concentration_of, .doc = "Of each drug by name."}, END};
static const EluteKey deposit_point = {.type = ELUTE_TYPE_POINT, .doc = "One deposit."};
static const EluteKey track_keys[] = {
    {"from", ELUTE_TYPE_POINT, .required = true, .doc = "The first hole."},
    {"to", ELUTE_TYPE_POINT, .required = true, .doc = "The last hole."},
    {"holes", ELUTE_TYPE_INTEGER, .required = true, .minimum = 2, .maximum = 100, .doc = "Side holes at equal distances, both ends included: a deposit at each."}, END};
static const EluteKey track = {.type = ELUTE_TYPE_SECTION, .keys = track_keys, .doc = "One pass of a needle with side holes."};
static const EluteKey backflow_keys[] = {
    {"length", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "How far from the tip."},
    {"radius", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Of the sleeve of tissue around the needle that it fills."},
    {"towards", ELUTE_TYPE_POINT, .required = true, .doc = "A point along the needle, such as where it enters."}, END};
static const EluteKey fed_tissue = {.type = ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "A tissue."};
static const EluteKey delivery_keys[] = {
    {"give", ELUTE_TYPE_REFERENCE, .required = true, .choices = "carriers|drugs", .doc = "What is given."},
    {"dose", ELUTE_TYPE_EITHER, .keys = dose_forms, .doc = "How much, each time: an amount (5 nmol) or a mass (5 ug, with the drug's molar mass)."},
    {"concentration", ELUTE_TYPE_EITHER, .keys = concentration_forms, .doc = "Instead of a dose: in the fluid that is given, whose `volume` makes it a dose; of bath and topical that on the surface."},
    {"route", ELUTE_TYPE_CHOICE, .fallback = "depot", .choices = "depot|deposits|peritumoural|infusion|intravenous|intra_arterial|bath|topical", .doc = "depot: placed in a sphere or ellipsoid of tissue by a needle; deposits: several, which share dose and volume equally; peritumoural: in a layer around a tissue; infusion: a fluid with the dose in it, which moves the tissue's own (flow: darcy_starling); intravenous: into the blood, where `plasma` says what concentration follows; intra_arterial: into the artery of a territory, whose plasma has dose / duration / flow (1 - extraction) more meanwhile; bath: the surface is kept at a concentration; topical: behind a cover on the surface."},
    {"at", ELUTE_TYPE_POINT, .doc = "depot, infusion: tip of the needle; not in a well-mixed case."},
    {"points", ELUTE_TYPE_LIST, .element = &deposit_point, .at_least = 1, .doc = "deposits: their centres."},
    {"tracks", ELUTE_TYPE_LIST, .element = &track, .at_least = 1, .doc = "deposits: passes of a needle with side holes, after those of `points`."},
    {"volume", ELUTE_TYPE_QUANTITY, "m3", POSITIVE, .doc = "Fluid injected: as a depot it fills the sphere's interstitial fluid, radius (3 V / 4 pi phi)^(1/3)."},
    {"radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Radius of the sphere (of each deposit), instead of a volume; of an infusion, of the place where the fluid comes out."},
    {"rate", ELUTE_TYPE_QUANTITY, "m3/s", POSITIVE, .doc = "infusion: of the fluid, instead of its volume."},
    {"ramp", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "infusion: how long, from its start, the rate takes to rise to its full value, in eight equal steps; at once if absent."},
    {"backflow", ELUTE_TYPE_SECTION, .keys = backflow_keys, .doc = "infusion: fluid that flows back along the needle comes out there too, as much per volume as at the tip."},
    {"territory", ELUTE_TYPE_LIST, .element = &fed_tissue, .at_least = 1, .doc = "intra_arterial: the tissues that the artery feeds."},
    {"flow", ELUTE_TYPE_QUANTITY, "m3/s", POSITIVE, .doc = "intra_arterial: of plasma through the artery."},
    {"extraction", ELUTE_TYPE_NUMBER, .minimum = 0, .maximum = 1, .doc = "intra_arterial: share of the dose that is taken up on the way and reaches neither exchange nor body; none if absent."},
    {"semi_axes", ELUTE_TYPE_POINT, .doc = "Half the extent of an ellipsoid along each axis of the mesh, instead of a sphere."},
    {"around", ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "peritumoural: the tissue (a sphere, ellipsoid, box, cylinder or capsule)."},
    {"thickness", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "peritumoural: of the layer."},
    {"surface", ELUTE_TYPE_TEXT, .doc = "bath, topical: a part of the boundary, as under `boundaries`."},
    {"coefficient", ELUTE_TYPE_VALUE, "m/s", NOT_NEGATIVE, .doc = "topical: mass-transfer coefficient of the cover; not varying in time."},
    {"start", ELUTE_TYPE_QUANTITY, "s", .fallback = "0 s", .doc = "When it is given, or begins."},
    {"duration", ELUTE_TYPE_QUANTITY, "s", .fallback = "0 s", NOT_NEGATIVE, .doc = "How long; 0: all at once (bath and topical: until the end)."},
    {"age_classes", ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 20, .doc = "With a duration, of a carrier that releases by its age: as many equal parts of the duration, each with a species of its own that leaves as all ages of the part do together. Exact, whatever their number, where nothing but release takes the carrier; otherwise the error falls with their square, or more slowly where M begins as a^n with n below 1. 4 if absent."},
    {"every", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "With `times`: from one time to the next."},
    {"times", ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 1000, .doc = "How often it is given; each time has rows NAME_1, NAME_2, … in the ledger."},
    {"lost_along_track", ELUTE_TYPE_NUMBER, .minimum = 0, .maximum = 1, .doc = "Share of the dose that leaks along the needle and never enters; none if absent."},
    {"outside_fraction", ELUTE_TYPE_NUMBER, .minimum = 0, .maximum = 1, .doc = "depot: share of what enters that is pressed into the tissue around the depot; row NAME_outside in the ledger. None if absent."},
    {"outside_reach", ELUTE_TYPE_NUMBER, .minimum = 1, .open_minimum = true, .doc = "How far that gets, in extents of the depot; 2 if absent."}, END};
static const EluteKey delivery = {.type = ELUTE_TYPE_SECTION, .keys = delivery_keys, .doc = "One injection; its name is its row in the ledger."};

/* ---- generic words ---- */
static const EluteKey species_keys[] = {
    {"mobile", ELUTE_TYPE_BOOLEAN, .fallback = "yes", .doc = "Does it diffuse? An immobile species is counted per volume of tissue."},
    {"quantity", ELUTE_TYPE_CHOICE, .fallback = "amount", .choices = "amount|number|heat|dose", .doc = "amount: in mol; number: a count, such as of cells, in 1/m3; heat: in J, and if mobile its concentration is the temperature, in K; dose: a number without unit, of what happens at a place, such as heat damage; immobile."},
    {"radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Radius in fluid, that relations of size look at."},
    {"molar_mass", ELUTE_TYPE_QUANTITY, "kg/mol", POSITIVE, .doc = "Needed where amounts are given as masses."},
    {"thermal_conductivity", ELUTE_TYPE_VALUE, "W/(m K)", NOT_NEGATIVE, .doc = "Of mobile heat; may differ by tissue and place, not in time."},
    {"heat_capacity", ELUTE_TYPE_VALUE, "J/(m3 K)", POSITIVE, .doc = "Of mobile heat, per volume; likewise."},
    {"reference_temperature", ELUTE_TYPE_QUANTITY, "K", .doc = "Of mobile heat: where its amount is counted from, and where it begins unless `initial` says otherwise; 37 degC if absent."},
    TRANSPORT("1"), IN,
    {"initial", ELUTE_TYPE_VALUE, .doc = "Concentration at the beginning, in the fluid if mobile; none if absent."},
    {"initial_as", ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .doc = "Of a mobile species: per volume of fluid (as if absent) or of tissue."}, END};
static const EluteKey one_species = {.type = ELUTE_TYPE_SECTION, .keys = species_keys, .doc = "A species."};

static const EluteKey inhibitor = {.type = ELUTE_TYPE_VALUE, POSITIVE, .doc = "Concentration that halves the rate."};
static const EluteKey tissue_name = {.type = ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "A tissue."};
#define ONLY_IN {"only_in", ELUTE_TYPE_LIST, .element = &tissue_name, .at_least = 1, .doc = "Tissues where it acts; all if absent."}
#define MODULATED {"modulated_by", ELUTE_TYPE_VALUE, "1", .doc = "Multiplies it: a function of something solved, {field: SPECIES, formula: …, range: […]}, such as of the temperature or of damage."}
#define PLACE_NAME {"name", ELUTE_TYPE_NAME, .doc = "Its row in the ledger; made from the other keys if absent."}
static const EluteKey reaction_keys[] = {
    PLACE_NAME,
    {"equation", ELUTE_TYPE_EQUATION, .required = true, .doc = "Such as \"a + 2 b -> c\", \"a <-> b\", \"a -> \", \" -> a\"."},
    {"law", ELUTE_TYPE_CHOICE, .fallback = "mass_action", .choices = "mass_action|michaelis_menten|hill|gompertz", .doc = "What the rate depends on; gompertz: rate times c ln(k/c) of the one reactant."},
    {"rate", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Constant of mass action, up to second order and a catalyst, and of gompertz."},
    {"forward", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Constant of \"<->\" from left to right."},
    {"backward", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Constant of \"<->\" from right to left."},
    {"v_max", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Largest rate of michaelis_menten and hill."},
    {"k_cat", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Largest rate per catalyst, instead of v_max."},
    {"catalyst", ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "Species that multiplies the rate and is not used up."},
    {"k_m", ELUTE_TYPE_VALUE, POSITIVE, .doc = "Concentration of half the rate, michaelis_menten; it may be a function of something solved, as in modulated_by."},
    {"of", ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "Species whose concentration hill looks at; the reactant if absent."},
    {"k", ELUTE_TYPE_VALUE, POSITIVE, .doc = "Concentration of half the rate, hill, likewise; gompertz: where growth ends."},
    {"n", ELUTE_TYPE_NUMBER, POSITIVE, .doc = "Exponent of hill."},
    {"per", ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "k_m or k is for each of this species, such as an amount for each cell: its concentration multiplies."},
    {"inhibitors", ELUTE_TYPE_MAP, .element = &inhibitor, .choices = ".", .doc = "Species by name, with the concentration that halves the rate."},
    {"as", ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .doc = "Rates of mobile species alone are per volume of their fluid (as if absent) or of tissue; those with an immobile one are per volume of tissue."},
    MODULATED, ONLY_IN, END};
static const EluteKey reaction = {.type = ELUTE_TYPE_SECTION, .keys = reaction_keys, .doc = "A reaction."};

static const EluteKey exchange_keys[] = {
    PLACE_NAME,
    {"species", ELUTE_TYPE_REFERENCE, .required = true, .choices = "species", .doc = "What is exchanged."},
    {"with", ELUTE_TYPE_NAME, .doc = "The outside, which names the rows in the ledger: plasma or lymph if absent, by the model; exchange for the linear one."},
    {"model", ELUTE_TYPE_CHOICE, .fallback = "linear", .choices = "linear|patlak|lymph",
     .doc = "linear: rate (outside - concentration) per volume of tissue; patlak: through vessel walls, by the species' permeability and reflection and the tissue's vessels; lymph: with the fluid that lymph vessels take up."},
    {"rate", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Rate of the linear exchange; of heat W/(m3 K)."},
    {"outside", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Concentration outside; of patlak that under plasma, or none, if absent."},
    {"way", ELUTE_TYPE_CHOICE, .choices = "both|in|out", .doc = "both, if absent; in: what enters alone, on top of another exchange; out: what leaves alone. Not of lymph, which goes out."},
    MODULATED, ONLY_IN, END};
static const EluteKey exchange = {.type = ELUTE_TYPE_SECTION, .keys = exchange_keys, .doc = "An exchange with an outside."};

static const EluteKey amplitude = {.type = ELUTE_TYPE_QUANTITY, .doc = "A concentration."};
static const EluteKey elimination_rate = {.type = ELUTE_TYPE_QUANTITY, .dimension = "1/s", NOT_NEGATIVE, .doc = "A rate."};
static const EluteKey dose_time = {.type = ELUTE_TYPE_QUANTITY, .dimension = "s", .doc = "A time."};
static const EluteKey dose_share = {.type = ELUTE_TYPE_NUMBER, NOT_NEGATIVE, .doc = "A multiple."};
static const EluteKey exponential_keys[] = {
    {"amplitudes", ELUTE_TYPE_LIST, .required = true, .element = &amplitude, .at_least = 1, .doc = "Of the terms, right after a dose that is given at once."},
    {"rates", ELUTE_TYPE_LIST, .required = true, .element = &elimination_rate, .at_least = 1, .doc = "At which they decay."},
    {"start", ELUTE_TYPE_LIST, .element = &dose_time, .at_least = 1, .doc = "When each dose begins, where none is given by an intravenous delivery; one at 0 s if absent."},
    {"duration", ELUTE_TYPE_LIST, .element = &dose_time, .at_least = 1, .doc = "How long each lasts; at once if absent."},
    {"share", ELUTE_TYPE_LIST, .element = &dose_share, .at_least = 1, .doc = "Each dose over that of the amplitudes; 1 if absent."}, END};
static const EluteKey compartment_keys[] = {
    {"clearance", ELUTE_TYPE_QUANTITY, "m3/s", .required = true, NOT_NEGATIVE, .doc = "Plasma cleared of it per time, CL."},
    {"volume", ELUTE_TYPE_QUANTITY, "m3", .required = true, POSITIVE, .doc = "Volume of the central compartment, V1."},
    {"exchange", ELUTE_TYPE_QUANTITY, "m3/s", NOT_NEGATIVE, .doc = "Flow between the two compartments, Q; one compartment alone if absent."},
    {"peripheral_volume", ELUTE_TYPE_QUANTITY, "m3", POSITIVE, .doc = "Volume of the second compartment, V2."}, END};
static const EluteKey response_keys[] = {
    FROM("what a dose of a drug leaves in plasma"),
    {"dose", ELUTE_TYPE_QUANTITY, "mol", POSITIVE, .doc = "What the amplitudes of multi_exponential belong to; doses that are given scale them."},
    {"multi_exponential", ELUTE_TYPE_SECTION, .keys = exponential_keys, .doc = "A sum of decaying terms after each dose."},
    {"two_compartment", ELUTE_TYPE_SECTION, .keys = compartment_keys, .doc = "A body of one or two compartments, which answers to the intravenous doses."}, END};
const EluteKey elute_plasma_response = {.type = ELUTE_TYPE_SECTION, .keys = response_keys, .doc = "What doses into a vein leave in plasma."};
static const EluteKey plasma_forms[] = {
    {"response", ELUTE_TYPE_SECTION, .keys = response_keys, .at_least = 1, .doc = "What doses into a vein leave in plasma."},
    {"curve", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "The concentration itself."}, END};
static const EluteKey plasma_curve = {.type = ELUTE_TYPE_EITHER, .keys = plasma_forms, .doc = "Concentration in plasma, or what makes it."};

static const EluteKey segment_keys[] = {
    {"from", ELUTE_TYPE_POINT, .required = true, .doc = "One end."},
    {"to", ELUTE_TYPE_POINT, .required = true, .doc = "The other end."},
    {"radius", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Its radius."}, END};
static const EluteKey segment = {.type = ELUTE_TYPE_SECTION, .keys = segment_keys, .doc = "A straight piece of a vessel."};
static const EluteKey vessels_keys[] = {
    {"network", ELUTE_TYPE_TEXT, .doc = "A file: a table with the columns x0, y0, z0, x1, y1, z1, radius and their units, or legacy VTK POLYDATA with lines and radii."},
    {"unit", ELUTE_TYPE_QUANTITY, "m", POSITIVE, .doc = "Of the lengths in a VTK file, such as 1 um; 1 m if absent."},
    {"radius", ELUTE_TYPE_TEXT, .doc = "Name of the array of radii in a VTK file; radius if absent."},
    {"segments", ELUTE_TYPE_LIST, .element = &segment, .at_least = 1, .doc = "Pieces written out."}, END};

static const EluteKey source_keys[] = {
    PLACE_NAME,
    {"species", ELUTE_TYPE_REFERENCE, .required = true, .choices = "species", .doc = "What enters."},
    {"where", ELUTE_TYPE_SECTION, .keys = elute_shape_keys, .at_least = 1, .doc = "Where; everywhere if absent."},
    {"amount", ELUTE_TYPE_QUANTITY, .dimension = NULL, NOT_NEGATIVE, .doc = "An amount that enters at once."},
    {"at", ELUTE_TYPE_QUANTITY, "s", .doc = "When the amount enters; at the beginning if absent."},
    {"lost", ELUTE_TYPE_QUANTITY, .dimension = NULL, NOT_NEGATIVE, .doc = "A further amount that is given at that time and lost on the way; none if absent."},
    {"rate", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Amount per time that enters, spread over the shape; not varying in place."},
    {"density", ELUTE_TYPE_VALUE, .doc = "Amount per time and volume of tissue."},
    {"from", ELUTE_TYPE_QUANTITY, "s", .doc = "When a rate or density begins to act; always if absent."},
    {"to", ELUTE_TYPE_QUANTITY, "s", .doc = "When it ends; never if absent."},
    {"spread", ELUTE_TYPE_CHOICE, .choices = "tissue|fluid", .doc = "An amount or rate spread evenly over the volume of the tissue (as if absent) or of the fluid that the species can reach."},
    {"modulated_by", ELUTE_TYPE_VALUE, "1", .doc = "Multiplies a rate or density, as in reactions; with at: [1 mm, 0 mm] beside the formula by what the function is at that point, where a thermometer is."}, ONLY_IN, END};
static const EluteKey source = {.type = ELUTE_TYPE_SECTION, .keys = source_keys, .doc = "A source."};

#define AS {"as", ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .doc = "Of a mobile species: the value counts per volume of fluid (as if absent) or of tissue."}
static const EluteKey hold_keys[] = {
    {"value", ELUTE_TYPE_VALUE, .required = true, .doc = "Concentration it is kept at, in the fluid if mobile."}, END};
static const EluteKey held = {.type = ELUTE_TYPE_SECTION, .keys = hold_keys, .doc = "The value it is kept at."};
static const EluteKey hold = {.type = ELUTE_TYPE_MAP, .element = &held, .choices = ".", .doc = "Species by name that this tissue keeps at a value."};

static const EluteKey transfer_keys[] = {
    {"coefficient", ELUTE_TYPE_VALUE, .required = true, NOT_NEGATIVE, .doc = "Mass-transfer coefficient, or of heat W/(m2 K); not varying in time."},
    {"outside", ELUTE_TYPE_VALUE, .required = true, .doc = "Activity outside."}, END};
static const EluteKey condition_keys[] = {
    {"value", ELUTE_TYPE_VALUE, .doc = "The activity at the face."},
    {"flux", ELUTE_TYPE_VALUE, .doc = "What enters per time and area of the face."},
    {"transfer", ELUTE_TYPE_SECTION, .keys = transfer_keys, .doc = "What enters is coefficient (outside - activity at the face)."},
    {"no_flux", ELUTE_TYPE_BOOLEAN, .doc = "Nothing passes; as if nothing were said."},
    {"outflow", ELUTE_TYPE_BOOLEAN, .doc = "Nothing diffuses through; moving fluid carries it out."},
    {"periodic", ELUTE_TYPE_BOOLEAN, .doc = "Of the only species or of all: this side and the opposite one are the same."}, AS, END};
static const EluteKey condition_forms[] = {
    {"condition", ELUTE_TYPE_SECTION, .keys = condition_keys, .at_least = 1, .doc = "What happens to a species."},
    {"periodic", ELUTE_TYPE_BOOLEAN, .doc = "Under the key periodic: this side and the opposite one are the same, for all species."}, END};
static const EluteKey condition = {.type = ELUTE_TYPE_EITHER, .keys = condition_forms, .doc = "Under a species' name (or all, heat excepted): its condition."};
static const EluteKey boundary = {.type = ELUTE_TYPE_MAP, .element = &condition, .choices = ".", .doc = "Conditions of a part of the boundary, by species."};

static const EluteKey flow_component = {.type = ELUTE_TYPE_VALUE, .dimension = "m/s", .doc = "One component."};
static const EluteKey flow_condition_keys[] = {
    {"pressure", ELUTE_TYPE_VALUE, "Pa", .doc = "Pressure at the face."},
    {"velocity", ELUTE_TYPE_VALUE, "m/s", .doc = "Superficial velocity into the tissue."},
    {"inflow", ELUTE_TYPE_QUANTITY, "m3/s", .doc = "Volume of fluid per time that enters through all of this part, evenly."},
    {"no_flow", ELUTE_TYPE_BOOLEAN, .doc = "No fluid passes; as if nothing were said."}, END};
static const EluteKey flow_condition = {.type = ELUTE_TYPE_SECTION, .keys = flow_condition_keys, .at_least = 1, .doc = "What happens to the fluid there."};
static const EluteKey infusion_keys[] = {
    {"where", ELUTE_TYPE_SECTION, .required = true, .keys = elute_shape_keys, .at_least = 1, .doc = "Where the fluid enters, evenly."},
    {"rate", ELUTE_TYPE_QUANTITY, "m3/s", .required = true, .doc = "Volume of fluid per time."},
    {"from", ELUTE_TYPE_QUANTITY, "s", .doc = "When it begins; always if absent."},
    {"to", ELUTE_TYPE_QUANTITY, "s", .doc = "When it ends; never if absent."}, END};
static const EluteKey infusion = {.type = ELUTE_TYPE_SECTION, .keys = infusion_keys, .doc = "A source of fluid."};
static const EluteKey flow_keys[] = {
    {"model", ELUTE_TYPE_CHOICE, .required = true, .choices = "prescribed|darcy_starling",
     .doc = "prescribed: the velocity is given; darcy_starling: from the pressure, with filtration by vessels and uptake by lymph."},
    {"velocity", ELUTE_TYPE_LIST, .element = &flow_component, .at_least = 1, .doc = "With prescribed: superficial (Darcy) velocity along each axis of the mesh, varying in place at most."},
    {"boundaries", ELUTE_TYPE_MAP, .element = &flow_condition, .choices = "+", .doc = "With darcy_starling: by x-, x+, …, surface, all, or a shape's name; later over earlier."},
    {"infusions", ELUTE_TYPE_MAP, .element = &infusion, .doc = "With darcy_starling: sources of fluid by name (delivery by infusion makes them)."},
    {"unbalanced", ELUTE_TYPE_CHOICE, .choices = "refuse|spread",
     .doc = "With darcy_starling, where nothing fixes the pressure and more fluid enters than leaves: an error (as if absent), or what is too much is taken away evenly."},
    {"advection", ELUTE_TYPE_CHOICE, .fallback = "limited", .choices = "limited|upwind", .doc = "Of second order with a limiter, or of first order."}, END};

static const EluteKey time_keys[] = {
    {"begin", ELUTE_TYPE_QUANTITY, "s", .fallback = "0 s", .doc = "Time at the beginning."},
    {"end", ELUTE_TYPE_QUANTITY, "s", .doc = "Time at the end."},
    {"until", ELUTE_TYPE_CHOICE, .choices = "steady", .doc = "Instead of an end: until nothing changes any more."},
    {"tolerance", ELUTE_TYPE_NUMBER, POSITIVE, .maximum = 1, .doc = "With until: relative rate of change that counts as none; 1e-8 if absent."},
    {"at_most", ELUTE_TYPE_QUANTITY, "s", .doc = "With until: when to stop anyway."},
    {"accuracy", ELUTE_TYPE_NUMBER, .fallback = "1e-3", POSITIVE, .maximum = 0.1, .doc = "Local error allowed in a step, relative to each species' largest concentration."},
    {"method", ELUTE_TYPE_CHOICE, .fallback = "auto", .choices = "auto|ros2|ra34pw2", .doc = "Order 2 or 3; auto: ros2 down to an accuracy of 1e-3, ra34pw2 below and where release counts age."},
    {"step", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "A fixed step, for studies of the order; chosen by the accuracy if absent."},
    {"first_step", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "First step after every discontinuity; chosen if absent."},
    {"largest_step", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "No step is longer; unlimited if absent."},
    {"defect_limit", ELUTE_TYPE_NUMBER, .fallback = "0.1", POSITIVE, .doc = "Linear defect of the factorisation above which a step is solved by GMRES."},
    {"linear", ELUTE_TYPE_CHOICE, .fallback = "factored", .choices = "factored|gmres", .doc = "gmres: every stage without the factorisation's error, as a reference."}, END};

static const EluteKey catalogue_file = {.type = ELUTE_TYPE_TEXT, .doc = "A file, relative to the case."};

#define CHANGED(key_of, of_fraction, of_diffusivity, of_factor, of_partition, of_conductivity, of_area, of_wall) \
    key_of("interstitial_fraction", "1", NOT_NEGATIVE, of_fraction), key_of("diffusivity", "m2/s", NOT_NEGATIVE, of_diffusivity), \
    key_of("availability", "1", NOT_NEGATIVE, of_fraction), key_of("sorption_factor", "1", POSITIVE, of_factor), key_of("partition", "1", POSITIVE, of_partition), \
    key_of("hydraulic_conductivity", "m2/(Pa s)", POSITIVE, of_conductivity), key_of("vascular_density", "1/m", NOT_NEGATIVE, of_area), \
    key_of("vessel_conductivity", "m/(Pa s)", NOT_NEGATIVE, of_wall), END
#define MULTIPLIED(key, unit, bounds, text) {key, ELUTE_TYPE_NUMBER, bounds, .doc = "Multiplies it; " text "."}
#define SET(key, unit, bounds, text) {key, ELUTE_TYPE_VALUE, unit, bounds, .doc = "What it becomes; " text "."}
static const EluteKey multiply_keys[] = {CHANGED(MULTIPLIED, "at most 1 in the end", "of every species named", "of every species named", "of every species named", "the pressure is solved anew", "single vessels too; 0 shuts them down", "0 stops filtration")};
static const EluteKey set_keys[] = {CHANGED(SET, "at most 1", "not varying in time", "of every species named", "of every species named", "the pressure is solved anew", "single vessels included; 0: none is left", "0: nothing filters")};
static const EluteKey changed_species = {.type = ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "A mobile species."};
static const EluteKey solved_place_keys[] = {
    {"species", ELUTE_TYPE_REFERENCE, .required = true, .choices = "species", .doc = "Which."},
    {"value", ELUTE_TYPE_QUANTITY, .dimension = NULL, .required = true, .doc = "Its concentration (in the fluid if mobile), temperature or dose."}, END};
static const EluteKey change_keys[] = {
    {"at", ELUTE_TYPE_QUANTITY, "s", .required = true, .doc = "When. The time is cut there; amounts per volume of tissue stay, so that the fluid's concentration jumps where its fraction does."},
    {"every", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "Again each time this has passed, until the end; once if absent."},
    {"where", ELUTE_TYPE_SECTION, .keys = elute_shape_keys, .at_least = 1, .doc = "Cells whose centre lies in this shape; everywhere if absent."},
    {"where_above", ELUTE_TYPE_SECTION, .keys = solved_place_keys, .doc = "Cells where, at that time, a species is above a value, such as damage above 1 or the temperature above 50 degC."},
    {"where_below", ELUTE_TYPE_SECTION, .keys = solved_place_keys, .doc = "Cells where it is below a value."},
    {"in", ELUTE_TYPE_LIST, .element = &tissue_name, .at_least = 1, .doc = "Tissues that change; all if absent."},
    {"species", ELUTE_TYPE_LIST, .element = &changed_species, .at_least = 1, .doc = "Whose properties change; those of all mobile species if absent."},
    {"multiply", ELUTE_TYPE_SECTION, .keys = multiply_keys, .at_least = 1, .doc = "Factors of properties, on top of those of earlier changes."},
    {"set", ELUTE_TYPE_SECTION, .keys = set_keys, .at_least = 1, .doc = "New values of properties, which do away with what varied there; {field: SPECIES, formula: …, range: […]}: by what is solved at that place then, such as a fraction by the cells that are left, which with `every` it follows in steps of that time."}, END};
static const EluteKey change = {.type = ELUTE_TYPE_SECTION, .keys = change_keys, .doc = "A change of tissue at a time, such as matrix that is digested."};

const EluteKey elute_case_schema[] = {
    {"elute", ELUTE_TYPE_INTEGER, .required = true, .minimum = 1, .maximum = 1, .doc = "Version of the case language: 1."},
    {"title", ELUTE_TYPE_TEXT, .fallback = "untitled", .doc = "What the case shows."},
    {"constants", ELUTE_TYPE_MAP, .element = &constant, .doc = "Names for lengths and formulas."},
    {"catalogues", ELUTE_TYPE_LIST, .element = &catalogue_file, .doc = "Files of your own with entries for `from`."},
    {"mesh", ELUTE_TYPE_SECTION, .required = true, .keys = mesh_keys, .doc = "Space and its cells."},
    {"shapes", ELUTE_TYPE_MAP, .element = &shape, .doc = "Shapes by name: patches of the boundary."},
    {"tissues", ELUTE_TYPE_MAP, .element = &elute_tissue, .doc = "Tissues in the order of painting; one that fills the domain if absent."},
    {"fields", ELUTE_TYPE_MAP, .element = &field, .doc = "Prescribed fields by name."},
    {"heat", ELUTE_TYPE_SECTION, .keys = elute_heat_keys, .doc = "Solves for the temperature, the species `temperature`, by Pennes' equation: conduction, and perfusion that brings tissue to the blood's temperature."},
    {"drugs", ELUTE_TYPE_MAP, .element = &elute_drug, .doc = "Drugs by name."},
    {"carriers", ELUTE_TYPE_MAP, .element = &elute_carrier, .doc = "Carriers by name."},
    {"receptors", ELUTE_TYPE_MAP, .element = &elute_receptor, .doc = "Receptors by name, which drugs bind."},
    {"cells", ELUTE_TYPE_MAP, .element = &elute_cell, .doc = "Populations of cells by name, which take drugs up and die of them."},
    {"delivery", ELUTE_TYPE_MAP, .element = &delivery, .doc = "How drugs and carriers are given, by name."},
    {"species", ELUTE_TYPE_MAP, .element = &one_species, .choices = ".", .doc = "Species by name."},
    {"reactions", ELUTE_TYPE_LIST, .element = &reaction, .doc = "Reactions."},
    {"vessels", ELUTE_TYPE_SECTION, .keys = vessels_keys, .at_least = 1, .doc = "Single vessels: the area of their walls in each cell adds to the tissue's vascular_density."},
    {"plasma", ELUTE_TYPE_MAP, .element = &plasma_curve, .choices = ".", .doc = "Concentration in plasma of species by name, which exchanges through vessels see."},
    {"exchanges", ELUTE_TYPE_LIST, .element = &exchange, .doc = "Exchanges with an outside."},
    {"sources", ELUTE_TYPE_LIST, .element = &source, .doc = "Sources in place and time."},
    {"hold", ELUTE_TYPE_MAP, .element = &hold, .doc = "Tissues by name that keep species at a value, as a bath."},
    {"boundaries", ELUTE_TYPE_MAP, .element = &boundary, .choices = "+", .doc = "By x-, x+, y-, y+, z-, z+, r-, r+, surface (r+), all, or a shape's name; later over earlier."},
    {"changes", ELUTE_TYPE_LIST, .element = &change, .doc = "Changes of the tissue in time; of one time in the order of the file."},
    {"flow", ELUTE_TYPE_SECTION, .keys = flow_keys, .doc = "Interstitial fluid, which carries what is mobile along."},
    {"time", ELUTE_TYPE_SECTION, .required = true, .keys = time_keys, .doc = "From when to when, and how accurately."},
    {"output", ELUTE_TYPE_SECTION, .fallback = "{}", .keys = elute_output_keys, .doc = "What is written, and when."},
    {"checkpoint", ELUTE_TYPE_SECTION, .keys = elute_checkpoint_keys, .at_least = 1, .doc = "When the state is written to checkpoint/, from which `--restart` goes on; on SIGTERM, SIGINT and SIGUSR1 and before `--stop-after` in any case (docs/restart.md). It changes no step and no result."},
    {"verify", ELUTE_TYPE_LIST, .element = &elute_criterion, .doc = "Criteria that make the case a test."}, END};
/* clang-format on */
