/* Cases from text, for tests of what becomes of them. */
#ifndef ELUTE_TEST_READ_CASE_H
#define ELUTE_TEST_READ_CASE_H

#include "../../solver/model/model.h"

EluteModel *read_case(const char *text); /* the test fails where it is refused */

#endif
