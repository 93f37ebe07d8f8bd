/* Calls a target with every file that the command line names: `replay_NAME FILE...`. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **arguments) {
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(arguments[i], "rb");
    uint8_t *data = NULL;
    size_t size = 0, room = 0;

    printf("%s\n", arguments[i]);
    fflush(stdout);
    if (!file) return 1;
    do {
      room = 2 * room + 4096;
      data = realloc(data, room);
      if (!data) abort();
      size += fread(data + size, 1, room - size, file);
    } while (size == room);
    fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
  }
  return argc > 1 ? 0 : 2;
}
