/* Keys of shapes: two levels of set operations, so that the tables stay finite. */
#include "schema_parts.h"

/* clang-format off: one key a line or two */
static const EluteKey sphere_keys[] = {
    {"centre", ELUTE_TYPE_POINT, .doc = "Its centre; the origin if absent."},
    {"radius", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Its radius."}, END};
static const EluteKey ellipsoid_keys[] = {
    {"centre", ELUTE_TYPE_POINT, .doc = "Its centre; the origin if absent."},
    {"semi_axes", ELUTE_TYPE_POINT, .required = true, .doc = "Half its extent along each axis of the mesh."}, END};
static const EluteKey box_keys[] = {
    {"from", ELUTE_TYPE_POINT, .required = true, .doc = "The corner with the smallest coordinates."},
    {"to", ELUTE_TYPE_POINT, .required = true, .doc = "The corner with the largest coordinates."}, END};
static const EluteKey rod_keys[] = {
    {"from", ELUTE_TYPE_POINT, .required = true, .doc = "One end of its axis."},
    {"to", ELUTE_TYPE_POINT, .required = true, .doc = "The other end of its axis."},
    {"radius", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Its radius."}, END};
static const EluteKey direction_key = {.type = ELUTE_TYPE_NUMBER, .doc = "One component."};
static const EluteKey half_space_keys[] = {
    {"point", ELUTE_TYPE_POINT, .required = true, .doc = "A point of the plane that bounds it."},
    {"normal", ELUTE_TYPE_LIST, .required = true, .element = &direction_key, .at_least = 1,
     .doc = "The direction that points out of it, one number per axis of the mesh."}, END};
static const EluteKey shell_keys[] = {
    {"centre", ELUTE_TYPE_POINT, .doc = "Its centre; the origin if absent."},
    {"inner_radius", ELUTE_TYPE_LENGTH, .required = true, NOT_NEGATIVE, .doc = "Radius of the hole."},
    {"outer_radius", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Radius of the whole."}, END};

#define ELEMENTARY \
    {"sphere", ELUTE_TYPE_SECTION, .keys = sphere_keys, .doc = "A ball (a disc in two dimensions, an interval in one)."}, \
    {"ellipsoid", ELUTE_TYPE_SECTION, .keys = ellipsoid_keys, .doc = "An ellipsoid along the axes."}, \
    {"box", ELUTE_TYPE_SECTION, .keys = box_keys, .doc = "A box along the axes."}, \
    {"cylinder", ELUTE_TYPE_SECTION, .keys = rod_keys, .doc = "A circular cylinder with flat ends."}, \
    {"capsule", ELUTE_TYPE_SECTION, .keys = rod_keys, .doc = "A circular cylinder with round ends."}, \
    {"half_space", ELUTE_TYPE_SECTION, .keys = half_space_keys, .doc = "All that lies behind a plane."}, \
    {"shell", ELUTE_TYPE_SECTION, .keys = shell_keys, .doc = "What lies between two concentric spheres."}
#define SET_OPERATIONS(parts) \
    {"union", ELUTE_TYPE_LIST, .element = &parts, .at_least = 1, .doc = "What lies in any of these shapes."}, \
    {"intersection", ELUTE_TYPE_LIST, .element = &parts, .at_least = 1, .doc = "What lies in all of these shapes."}, \
    {"difference", ELUTE_TYPE_LIST, .element = &parts, .at_least = 2, .doc = "What lies in the first of these shapes and in no other."}

static const EluteKey innermost_shape_keys[] = {ELEMENTARY, END};
static const EluteKey innermost_shape = {.type = ELUTE_TYPE_SECTION, .keys = innermost_shape_keys, .at_least = 1, .doc = "A shape."};
static const EluteKey inner_shape_keys[] = {ELEMENTARY, SET_OPERATIONS(innermost_shape), END};
static const EluteKey inner_shape = {.type = ELUTE_TYPE_SECTION, .keys = inner_shape_keys, .at_least = 1, .doc = "A shape."};
const EluteKey elute_shape_keys[] = {ELEMENTARY, SET_OPERATIONS(inner_shape), END};
/* clang-format on */
