#include "formula.h"

#include "functions.h"

#include <ctype.h>
#include <math.h>
#include <muParserDLL.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_FORMULA = 2000, LONGEST_NAME = 64, MOST_NAMES = 64, MOST_FORMULAS = 5000, MOST_FIELDS_DEEP = 1000 };

typedef enum { X, Y, Z, R, T, FIELD, DISTANCE, CONSTANT } Meaning;

typedef struct Variable {
  char name[LONGEST_NAME];
  Meaning meaning;
  int index;    /* of the field or tissue */
  double value; /* SI; muParser reads it through its address */
} Variable;

struct EluteFormula {
  muParserHandle_t parser;
  char *text;
  int n_variables;
  Variable variable[MOST_NAMES];
  int n_fields, cost; /* cost: evaluations of fields, those in fields included */
  const EluteValue **field;
  double (*distance)(void *context, int tissue, const double x[3]);
  void *context;
};

static const struct {
  const char *name;
  double (*function)(double);
} own_functions[] = {
    {"erf", erf},
    {"erfc", erfc},
    {"erfcx", elute_erfcx},
    {"step", elute_step},
    {"i0", elute_bessel_i0},
    {"i1", elute_bessel_i1},
    {"k0", elute_bessel_k0},
    {"k1", elute_bessel_k1},
};
static const char *const parser_functions[] = {
    "sin",  "cos",   "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "log2", "log10", "log", "ln",   "exp",  "sqrt", "sign",  "rint", "abs",  "min",  "max",   "sum",   "avg",
};
static const char *const coordinates[] = {"x", "y", "z", "r", "t"}; /* in the order of Meaning */

enum {
  N_OWN = sizeof own_functions / sizeof own_functions[0],
  N_PARSER = sizeof parser_functions / sizeof parser_functions[0],
  N_COORDINATES = 5
};

static int find_name(const char *name, int n, const char *const *names) {
  for (int i = 0; i < n; i++)
    if (names[i] && strcmp(names[i], name) == 0) return i;
  return -1;
}

static bool is_function(const char *name) {
  for (int i = 0; i < N_OWN; i++)
    if (strcmp(own_functions[i].name, name) == 0) return true;
  return find_name(name, N_PARSER, parser_functions) >= 0;
}

bool EluteNameReserved(const char *name) {
  return is_function(name) || find_name(name, N_COORDINATES, coordinates) >= 0 || strcmp(name, "pi") == 0 ||
         strcmp(name, "distance") == 0;
}

static void explain_unknown_name(const char *name, const EluteScope *scope, bool constants_only, char *why,
                                 size_t length) {
  const int most = scope->n_constants + scope->n_fields + N_COORDINATES + N_OWN + N_PARSER + 2;
  const char **known = malloc((size_t)most * sizeof *known), *nearest;
  int n = 0;

  if (!known) abort();
  for (int i = 0; i < scope->n_constants; i++) known[n++] = scope->constant_name[i];
  for (int i = 0; i < scope->n_fields && !constants_only; i++) known[n++] = scope->field_name[i];
  for (int i = 0; i < N_COORDINATES && !constants_only; i++) known[n++] = coordinates[i];
  for (int i = 0; i < N_OWN; i++) known[n++] = own_functions[i].name;
  for (int i = 0; i < N_PARSER; i++) known[n++] = parser_functions[i];
  known[n++] = "pi";
  if (!constants_only) known[n++] = "distance";
  nearest = EluteNearest(name, n, known);
  snprintf(why, length, "'%s' is unknown%s%s%s; %s", name, nearest ? ", did you mean '" : "", nearest ? nearest : "",
           nearest ? "'?" : "",
           constants_only ? "expected names of constants: and functions"
                          : "expected x y z r t, names of constants: and fields:, or functions");
  free(known);
}

static bool add_variable(EluteFormula *f, const char *name, Meaning meaning, int index, double value, char *why,
                         size_t length) {
  for (int i = 0; i < f->n_variables; i++)
    if (strcmp(f->variable[i].name, name) == 0) return true;
  if (f->n_variables == MOST_NAMES) {
    snprintf(why, length, "the formula has more than %d different names", MOST_NAMES);
    return false;
  }
  f->variable[f->n_variables].meaning = meaning;
  f->variable[f->n_variables].index = index;
  f->variable[f->n_variables].value = value;
  snprintf(f->variable[f->n_variables++].name, LONGEST_NAME, "%s", name);
  return true;
}

/* distance(tumour) becomes a variable, for muParser's functions take numbers only. c stands behind the word. */
static const char *read_distance(EluteFormula *f, const char *c, const EluteScope *scope, char *out, char *why,
                                 size_t length) {
  const char *name = c + strspn(c, " \t"), *end;
  char tissue[LONGEST_NAME], variable[LONGEST_NAME];
  const char *nearest;
  size_t n;
  int k;

  if (*name == '(') name += 1 + strspn(name + 1, " \t");
  n = strcspn(name, " \t)");
  end = name + n + strspn(name + n, " \t");
  if (c[strspn(c, " \t")] != '(' || *end != ')' || n == 0 || n >= sizeof tissue) {
    snprintf(why, length, "expected distance(TISSUE) with the name of a tissue");
    return NULL;
  }
  snprintf(tissue, sizeof tissue, "%.*s", (int)n, name);
  k = find_name(tissue, scope->n_tissues, (const char *const *)scope->tissue_name);
  if (k < 0) {
    nearest = EluteNearest(tissue, scope->n_tissues, (const char *const *)scope->tissue_name);
    snprintf(why, length, "distance(%s): there is no such tissue%s%s%s", tissue, nearest ? ", did you mean '" : "",
             nearest ? nearest : "", nearest ? "'?" : "");
    return NULL;
  }
  if (!scope->distance) {
    snprintf(why, length, "distance(%s) is not available here", tissue);
    return NULL;
  }
  snprintf(variable, sizeof variable, "elute_distance_%d", k);
  if (!add_variable(f, variable, DISTANCE, k, 0.0, why, length)) return NULL;
  strcat(out, variable);
  return end + 1;
}

/* A field of two fields of two fields … would be evaluated for ever. */
static bool add_field(EluteFormula *f, const char *name, int k, const EluteScope *scope, char *why, size_t length) {
  const int before = f->n_variables;

  if (!add_variable(f, name, FIELD, k, 0.0, why, length)) return false;
  if (f->n_variables > before) f->cost += 1 + EluteValueFieldsIn(scope->field[k]);
  if (f->cost <= MOST_FIELDS_DEEP) return true;
  snprintf(why, length, "the formula needs %d values of fields, through other fields; at most %d are possible", f->cost,
           MOST_FIELDS_DEEP);
  return false;
}

static bool read_name(EluteFormula *f, const char *name, const EluteScope *scope, bool constants_only, char *why,
                      size_t length) {
  int k = find_name(name, scope->n_constants, (const char *const *)scope->constant_name);

  if (is_function(name) || strcmp(name, "pi") == 0) return true;
  if (!constants_only && find_name(name, N_COORDINATES, coordinates) >= 0)
    return add_variable(f, name, (Meaning)find_name(name, N_COORDINATES, coordinates), 0, 0.0, why, length);
  if (k >= 0) return add_variable(f, name, CONSTANT, k, scope->constant[k], why, length);
  k = find_name(name, scope->n_fields, (const char *const *)scope->field_name);
  if (!constants_only && k >= 0) return add_field(f, name, k, scope, why, length);
  explain_unknown_name(name, scope, constants_only, why, length);
  return false;
}

static void append(char *out, const char *text, size_t n) {
  const size_t end = strlen(out);

  memcpy(out + end, text, n);
  out[end + n] = '\0';
}

/* Finds the names of the text and writes the text for muParser to out. */
static bool scan(EluteFormula *f, const char *text, const EluteScope *scope, bool constants_only, char *out, char *why,
                 size_t length) {
  char name[LONGEST_NAME], *end;
  const char *c = text;
  size_t n;

  out[0] = '\0';
  while (*c) {
    if (isalpha((unsigned char)*c) || *c == '_') {
      for (n = 0; isalnum((unsigned char)c[n]) || c[n] == '_';) n++;
      snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), c);
      c += n;
      if (!constants_only && strcmp(name, "distance") == 0) {
        if (!(c = read_distance(f, c, scope, out, why, length))) return false;
      } else {
        if (!read_name(f, name, scope, constants_only, why, length)) return false;
        strcat(out, name);
      }
    } else if (isdigit((unsigned char)*c) || *c == '.') {
      strtod(c, &end);
      n = end > c ? (size_t)(end - c) : 1;
      if (c[0] == '0' && (c[1] == 'x' || c[1] == 'X')) n = 1;
      append(out, c, n);
      c += n;
    } else if (strchr(" \t\n+-*/^()<>=!&|?:,", *c)) {
      if (*c == '=' && c[1] != '=' && (c == text || !strchr("<>!=", c[-1]))) {
        snprintf(why, length, "'=' assigns nothing in a formula (== compares)");
        return false;
      }
      append(out, *c == '\n' ? " " : c, 1);
      c++;
    } else {
      snprintf(why, length, "'%c' has no meaning in a formula", isprint((unsigned char)*c) ? *c : '?');
      return false;
    }
  }
  return true;
}

static void on_parser_error(muParserHandle_t parser) {
  (void)parser; /* asked for with mupError; without a handler muParser prints */
}

static bool parser_failed(EluteFormula *f, const char *what, char *why, size_t length) {
  if (!mupError(f->parser)) return false;
  snprintf(why, length, "%.200s: %.200s", what, mupGetErrorMsg(f->parser));
  mupErrorReset(f->parser);
  return true;
}

static bool compile(EluteFormula *f, const char *text, char *why, size_t length) {
  int n_results = 0;

  f->parser = mupCreate(muBASETYPE_FLOAT);
  if (!f->parser) abort();
  mupSetErrorHandler(f->parser, on_parser_error);
  for (int i = 0; i < N_OWN; i++) mupDefineFun1(f->parser, own_functions[i].name, own_functions[i].function, 1);
  mupDefineConst(f->parser, "pi", 3.14159265358979323846);
  for (int i = 0; i < f->n_variables; i++) {
    Variable *v = &f->variable[i];

    if (v->meaning == CONSTANT)
      mupDefineConst(f->parser, v->name, v->value);
    else
      mupDefineVar(f->parser, v->name, &v->value);
  }
  if (parser_failed(f, f->text, why, length)) return false;
  mupSetExpr(f->parser, text);
  if (parser_failed(f, f->text, why, length)) return false;
  mupEvalMulti(f->parser, &n_results);
  if (parser_failed(f, f->text, why, length)) return false;
  if (n_results != 1) {
    snprintf(why, length, "the formula gives %d values; expected one", n_results);
    return false;
  }
  return true;
}

static int n_formulas; /* at the moment; each has a parser of some 80 kB */

EluteFormula *EluteFormulaCompile(const char *text, const EluteScope *scope, bool constants_only, char *why,
                                  size_t length) {
  static const EluteScope nothing;
  EluteFormula *f;
  char *rewritten;
  bool fine;

  if (!scope) scope = &nothing;
  if (strlen(text) > LONGEST_FORMULA) {
    snprintf(why, length, "the formula is longer than %d characters", LONGEST_FORMULA);
    return NULL;
  }
  if (!text[strspn(text, " \t\n")]) {
    snprintf(why, length, "the formula is empty");
    return NULL;
  }
  if (n_formulas == MOST_FORMULAS) {
    snprintf(why, length, "one formula too many; at most %d are possible", MOST_FORMULAS);
    return NULL;
  }
  n_formulas++;
  f = calloc(1, sizeof *f);
  rewritten = malloc(4 * LONGEST_FORMULA); /* distance(a) grows to elute_distance_254 at most */
  if (!f || !rewritten || !(f->text = strdup(text))) abort();
  f->distance = scope->distance;
  f->context = scope->context;
  f->n_fields = scope->n_fields;
  f->field = scope->n_fields ? malloc((size_t)scope->n_fields * sizeof *f->field) : NULL;
  for (int i = 0; i < scope->n_fields; i++) f->field[i] = scope->field[i];
  fine = scan(f, text, scope, constants_only, rewritten, why, length);
  if (fine && constants_only && f->n_variables == 0) {
    snprintf(why, length, "a number without a unit, and no constant in it");
    fine = false;
  }
  fine = fine && compile(f, rewritten, why, length);
  free(rewritten);
  if (fine) return f;
  EluteFormulaFree(f);
  return NULL;
}

void EluteFormulaFree(EluteFormula *f) {
  if (!f) return;
  n_formulas--;
  if (f->parser) mupRelease(f->parser);
  free(f->field);
  free(f->text);
  free(f);
}

bool EluteFormulaAt(EluteFormula *f, const EluteWhere *where, double *result, char *why, size_t length) {
  for (int i = 0; i < f->n_variables; i++) {
    Variable *v = &f->variable[i];

    switch (v->meaning) {
    case X:
      v->value = where->x[0];
      break;
    case Y:
      v->value = where->x[1];
      break;
    case Z:
      v->value = where->x[2];
      break;
    case R:
      v->value = where->r;
      break;
    case T:
      v->value = where->t;
      break;
    case FIELD:
      if (!EluteValueAt(f->field[v->index], where, &v->value, why, length)) return false;
      break;
    case DISTANCE:
      v->value = f->distance(f->context, v->index, where->x);
      break;
    case CONSTANT:
      break;
    }
  }
  *result = mupEval(f->parser);
  return !parser_failed(f, f->text, why, length);
}

int EluteFormulaFieldsIn(const EluteFormula *f) {
  return f->cost;
}

const char *EluteFormulaText(const EluteFormula *f) {
  return f->text;
}

static bool any(const EluteFormula *f, bool (*variable)(const Variable *), bool (*field)(const EluteValue *)) {
  for (int i = 0; i < f->n_variables; i++) {
    const Variable *v = &f->variable[i];

    if (v->meaning == FIELD ? field(f->field[v->index]) : variable(v)) return true;
  }
  return false;
}

static bool is_time(const Variable *v) {
  return v->meaning == T;
}

static bool is_place(const Variable *v) {
  return v->meaning <= R || v->meaning == DISTANCE;
}

static bool is_tissue(const Variable *v) {
  (void)v;
  return false;
}

bool EluteFormulaUsesTime(const EluteFormula *f) {
  return any(f, is_time, EluteValueVariesInTime);
}

bool EluteFormulaUsesPlace(const EluteFormula *f) {
  return any(f, is_place, EluteValueVariesInPlace);
}

bool EluteFormulaUsesTissue(const EluteFormula *f) {
  return any(f, is_tissue, EluteValueVariesByTissue);
}

void EluteFormulaKnots(const EluteFormula *f, int *n, double **knots) {
  for (int i = 0; i < f->n_variables; i++)
    if (f->variable[i].meaning == FIELD) EluteValueKnots(f->field[f->variable[i].index], n, knots);
}
