/* Ways into cells, of drugs (uptake, internalisation with a receptor, carriers that let them out inside) and of
   carriers, and whose what is inside then is: the cells' that die with it. */
#include "agents.h"

#include <string.h>

/* The nth way of a drug or carrier by itself, which is counted down past those that there are; false: there are fewer.
 */
static bool own_way(const EluteBuilder *b, const EluteNode *agent, int *nth, const EluteNode **way,
                    const char **cells) {
  const EluteNode *uptake = EluteNodeChild(agent, "uptake"), *binds = EluteNodeChild(agent, "binds");
  const char *by = elute_scalar(uptake, "by"), *catalyst = elute_scalar(uptake, "catalyst");

  if (uptake && (*nth)-- == 0) {
    *way = uptake;
    *cells = by || elute_word(b, "cells", catalyst) ? (by ? by : catalyst) : NULL;
    return true;
  }
  if (!binds) binds = EluteNodeChild(agent, "targets");
  for (const EluteNode *binding = elute_first(binds, ELUTE_MAPPING); binding; binding = binding->next) {
    if (!EluteNodeChild(binding, "internalisation") || (*nth)-- > 0) continue;
    *way = binding;
    *cells = elute_scalar(elute_word(b, "receptors", binding->key), "cells");
    return true;
  }
  return false;
}

bool elute_way_inside(const EluteBuilder *b, const EluteNode *agent, int nth, const EluteNode **way,
                      const char **cells) {
  const EluteNode *carriers = EluteNodeChild(b->model->tree, "carriers");

  if (own_way(b, agent, &nth, way, cells)) return true;
  for (const EluteNode *carrier = elute_first(carriers, ELUTE_MAPPING); carrier; carrier = carrier->next)
    if (EluteNodeChild(EluteNodeChild(carrier, "carries"), agent->key) &&
        EluteNodeChild(EluteNodeChild(carrier, "uptake"), "release_inside") && own_way(b, carrier, &nth, way, cells))
      return true;
  return false;
}

const char *elute_inside_cells(const EluteBuilder *b, const EluteNode *agent) {
  const EluteNode *way;
  const char *cells = NULL;

  return agent && elute_way_inside(b, agent, 0, &way, &cells) ? cells : NULL;
}

void elute_check_ways_inside(EluteBuilder *b, const EluteNode *agent) {
  const EluteNode *inside = EluteNodeChild(agent, "inside"), *way;
  const char *first = elute_inside_cells(b, agent), *cells;

  if (inside && !elute_way_inside(b, agent, 0, &way, &cells))
    EluteError(b->d, inside,
               "'%s' does not get into cells; expected 'uptake', 'internalisation' of what it binds, or a carrier that "
               "releases it inside",
               agent->key);
  for (int nth = 1; elute_way_inside(b, agent, nth, &way, &cells); nth++)
    if (!first != !cells || (first && strcmp(first, cells) != 0))
      EluteError(b->d, way,
                 "takes '%s' into other cells than another way does; expected the same for all, so that it is known "
                 "whose '%s.inside' is",
                 agent->key, agent->key);
}
