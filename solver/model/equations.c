#include "equations.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_name_character(char c) {
  return isalnum((unsigned char)c) || (c && strchr("_.-", c) != NULL);
}

/* The number at the start of a term when a space or * separates it from the name, else 1. */
static bool read_coefficient(const char **text, size_t n, double *coefficient, char *why, size_t length) {
  const char *start = *text, *c = start;
  char number[64];
  size_t digits;

  *coefficient = 1.0;
  while ((size_t)(c - start) < n &&
         (isdigit((unsigned char)*c) || strchr(".eE", *c) || (c > start && strchr("+-", *c) && strchr("eE", c[-1]))))
    c++;
  digits = (size_t)(c - start);
  if (digits == 0 || !isdigit((unsigned char)start[0])) return true;
  if (digits < n && *c != ' ' && *c != '\t' && *c != '*') return true; /* a name such as 4T1 */
  if (digits == n) {
    snprintf(why, length, "found the number '%.*s' without a species behind it", (int)digits, start);
    return false;
  }
  snprintf(number, sizeof number, "%.*s", (int)digits, start);
  *coefficient = strtod(number, NULL);
  if (!(*coefficient > 0.0 && *coefficient < 1e6)) {
    snprintf(why, length, "found the coefficient '%.60s'; expected a number above 0", number);
    return false;
  }
  while ((size_t)(c - start) < n && strchr(" \t*", *c)) c++;
  *text = c;
  return true;
}

static bool add_term(EluteTerm *terms, int *n_terms, const char *name, size_t n, double coefficient, char *why,
                     size_t length) {
  for (int i = 0; i < *n_terms; i++) {
    if (strlen(terms[i].name) != n || memcmp(terms[i].name, name, n) != 0) continue;
    terms[i].coefficient += coefficient;
    return true;
  }
  if (*n_terms == ELUTE_MAX_CHANGES) {
    snprintf(why, length, "found more than %d species on one side", (int)ELUTE_MAX_CHANGES);
    return false;
  }
  snprintf(terms[*n_terms].name, sizeof terms[*n_terms].name, "%.*s", (int)n, name);
  terms[(*n_terms)++].coefficient = coefficient;
  return true;
}

static bool read_term(const char *text, size_t n, EluteTerm *terms, int *n_terms, char *why, size_t length) {
  const char *name = text;
  double coefficient;
  size_t rest;

  if (!read_coefficient(&name, n, &coefficient, why, length)) return false;
  rest = n - (size_t)(name - text);
  for (size_t i = 0; i < rest; i++) {
    if (is_name_character(name[i])) continue;
    snprintf(why, length, "found '%.*s'; expected the name of a species, or a number, a space and a name",
             (int)(n < 60 ? n : 60), text);
    return false;
  }
  if (rest == 0 || rest >= ELUTE_MAX_NAME) {
    snprintf(why, length, rest ? "found a name of more than %d characters" : "found a coefficient without a species",
             ELUTE_MAX_NAME - 1);
    return false;
  }
  return add_term(terms, n_terms, name, rest, coefficient, why, length);
}

static void trim(const char **begin, const char **end) {
  while (*begin < *end && isspace((unsigned char)**begin)) (*begin)++;
  while (*end > *begin && isspace((unsigned char)(*end)[-1])) (*end)--;
}

static bool read_side(const char *begin, const char *end, EluteTerm *terms, int *n_terms, char *why, size_t length) {
  *n_terms = 0;
  trim(&begin, &end);
  if (begin == end) return true;
  for (;;) {
    const char *plus = memchr(begin, '+', (size_t)(end - begin)), *stop = plus ? plus : end, *first = begin;

    trim(&first, &stop);
    if (first == stop) {
      snprintf(why, length, "found a '+' with nothing beside it");
      return false;
    }
    if (!read_term(first, (size_t)(stop - first), terms, n_terms, why, length)) return false;
    if (!plus) return true;
    begin = plus + 1;
  }
}

bool EluteEquationParse(const char *text, EluteEquation *equation, char *why, size_t length) {
  const char *arrow = strstr(text, "->"), *left_end = arrow;

  memset(equation, 0, sizeof *equation);
  if (!arrow) {
    snprintf(why, length, "found '%.60s'; expected an equation with -> or <->", text);
    return false;
  }
  if (arrow > text && arrow[-1] == '<') {
    equation->reversible = true;
    left_end--;
  }
  if (!read_side(text, left_end, equation->left, &equation->n_left, why, length)) return false;
  if (!read_side(arrow + 2, text + strlen(text), equation->right, &equation->n_right, why, length)) return false;
  if (equation->n_left + equation->n_right > 0) return true;
  snprintf(why, length, "found no species on either side");
  return false;
}
