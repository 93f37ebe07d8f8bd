/* Keys of heat: Pennes' bioheat equation, what heats and cools, and what temperature does. */
#include "schema_parts.h"

/* clang-format off: one key a line or two */
static const EluteKey blood_keys[] = {
    {"density", ELUTE_TYPE_QUANTITY, "kg/m3", .fallback = "1050 kg/m3", POSITIVE, .doc = "Of blood."},
    {"heat_capacity", ELUTE_TYPE_QUANTITY, "J/(kg K)", .fallback = "3600 J/(kg K)", POSITIVE, .doc = "Of blood, per mass."}, END};
static const EluteKey setpoint_keys[] = {
    {"temperature", ELUTE_TYPE_QUANTITY, "K", .required = true, .doc = "Where it is reached, there is no power any more."},
    {"band", ELUTE_TYPE_QUANTITY, "K", .fallback = "0.5 K", POSITIVE, .maximum = 50, .doc = "Over which the power falls from full to none, below the setpoint of what heats, above that of what cools."},
    {"at", ELUTE_TYPE_POINT, .doc = "Where a thermometer is, which then controls the power as a whole; each place its own power by its own temperature if absent."}, END};
static const EluteKey tissue_name = {.type = ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "A tissue."};
static const EluteKey applicator_keys[] = {
    {"where", ELUTE_TYPE_SECTION, .keys = elute_shape_keys, .at_least = 1, .doc = "Where the power is absorbed; everywhere if absent."},
    {"power", ELUTE_TYPE_VALUE, "W", .doc = "In total, spread evenly over the shape; negative: what cools."},
    {"density", ELUTE_TYPE_VALUE, "W/m3", .doc = "Instead: the power absorbed per volume, the tissue's density times its SAR, such as a formula."},
    {"temperature", ELUTE_TYPE_QUANTITY, "K", .doc = "Instead: a probe kept at this temperature, in thermal contact with the tissues of only_in."},
    {"contact", ELUTE_TYPE_QUANTITY, "W/(m3 K)", POSITIVE, .doc = "With temperature: heat that passes per volume of these tissues and difference of temperature."},
    {"setpoint", ELUTE_TYPE_SECTION, .keys = setpoint_keys, .doc = "With power or density: proportional control, by the temperature at each place or that of a thermometer."},
    {"from", ELUTE_TYPE_QUANTITY, "s", .doc = "When it begins; always if absent."},
    {"to", ELUTE_TYPE_QUANTITY, "s", .doc = "When it ends; never if absent."},
    {"only_in", ELUTE_TYPE_LIST, .element = &tissue_name, .at_least = 1, .doc = "Tissues where it acts; all if absent."}, END};
static const EluteKey applicator = {.type = ELUTE_TYPE_SECTION, .keys = applicator_keys, .doc = "What heats or cools; its name is its row in the ledger."};
static const EluteKey released = {.type = ELUTE_TYPE_QUANTITY, .dimension = "mol", POSITIVE, .doc = "What one killed cell releases of it."};
static const EluteKey killed = {.type = ELUTE_TYPE_MAP, .element = &released, .choices = ".", .doc = "Species by name that the killed cells release."};
static const EluteKey damage_keys[] = {
    FROM("how heat or cold damages"),
    {"law", ELUTE_TYPE_CHOICE, .required = true, .choices = "arrhenius|cem43|cold", .doc = "arrhenius: integral of frequency exp(-activation_energy/(R T)); cem43: minutes at the breakpoint that do as much, r^(breakpoint - T) a minute; cold: logarithm of the survivors' inverse, none above `partial`. Each needs its constants."},
    {"frequency", ELUTE_TYPE_QUANTITY, "1/s", POSITIVE, .doc = "Of arrhenius, A."},
    {"activation_energy", ELUTE_TYPE_QUANTITY, "J/mol", POSITIVE, .doc = "Of arrhenius, E_a."},
    {"breakpoint", ELUTE_TYPE_QUANTITY, "K", .doc = "Of cem43: where the minutes are counted, and r changes."},
    {"r_above", ELUTE_TYPE_NUMBER, FRACTION, .doc = "Of cem43: r above the breakpoint."},
    {"r_below", ELUTE_TYPE_NUMBER, FRACTION, .doc = "Of cem43: r below it."},
    {"partial", ELUTE_TYPE_QUANTITY, "K", .doc = "Of cold: where it begins to kill."},
    {"complete", ELUTE_TYPE_QUANTITY, "K", .doc = "Of cold: where it kills fully, at `rate`. The rate rises linearly in between."},
    {"rate", ELUTE_TYPE_QUANTITY, "1/s", POSITIVE, .doc = "Of cold: rate constant of death where it kills fully."},
    {"stops_perfusion", ELUTE_TYPE_BOOLEAN, .fallback = "no", .doc = "Does perfusion fall as exp(-damage)? Of one damage at most; not of cem43."},
    {"kills", ELUTE_TYPE_MAP, .element = &killed, .choices = ".", .doc = "Species by name, such as cells and their receptors, that are lost at the rate of the damage, so that exp(-damage) survive; not of cem43."}, END};
const EluteKey elute_damage = {.type = ELUTE_TYPE_SECTION, .keys = damage_keys, .doc = "A measure of damage: becomes a species of its name, quantity: dose."};
static const EluteKey freezing_keys[] = {
    {"latent_heat", ELUTE_TYPE_QUANTITY, "J/m3", .fallback = "2.5e8 J/m3", POSITIVE, .doc = "Per volume of tissue: 334 kJ per kg of its water."},
    {"from", ELUTE_TYPE_QUANTITY, "K", .fallback = "-1 degC", .doc = "Where freezing begins."},
    {"to", ELUTE_TYPE_QUANTITY, "K", .fallback = "-8 degC", .doc = "Where all is frozen; the frozen share rises smoothly in between."},
    {"relaxation", ELUTE_TYPE_QUANTITY, "s", .fallback = "5 s", POSITIVE, .doc = "How fast the frozen share follows the temperature: short beside the minutes that freezing takes, and no shorter, as steps follow it."}, END};
const EluteKey elute_heat_keys[] = {
    {"body_temperature", ELUTE_TYPE_QUANTITY, "K", .fallback = "37 degC", .doc = "Of arterial blood, and of everything at the beginning."},
    {"blood", ELUTE_TYPE_SECTION, .fallback = "{}", .keys = blood_keys, .doc = "The blood that perfuses."},
    {"applicators", ELUTE_TYPE_MAP, .element = &applicator, .doc = "What heats and cools, by name."},
    {"damage", ELUTE_TYPE_MAP, .element = &elute_damage, .doc = "What the temperature does, by name."},
    {"freezing", ELUTE_TYPE_SECTION, .keys = freezing_keys, .doc = "With latent heat, by the species latent; nothing freezes if absent."}, END};
/* clang-format on */
