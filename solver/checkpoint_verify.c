/* Is a checkpoint whole? */
#include "checkpoint_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char magic[16] = "elute checkpoint";
enum { ORDER = 0x01020304 };

/* Of one row; every step can be undone, so that no two rows of one length that differ in a word have the same. */
uint64_t elute_checkpoint_hash(uint64_t index, const void *bytes, size_t n) {
  uint64_t hash = (index + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ n;

  for (size_t at = 0; at < n; at += 8) {
    uint64_t word = 0;

    memcpy(&word, (const char *)bytes + at, n - at < 8 ? n - at : 8);
    hash = (hash ^ word) * UINT64_C(0xd6e8feb86659fd93);
    hash ^= hash >> 32;
  }
  return hash;
}

EluteCheckpointHead elute_checkpoint_head(const EluteCheckpoint *c) {
  EluteCheckpointHead head = {.format = ELUTE_CHECKPOINT_FORMAT, .order = ORDER, .n_blocks = c->n_blocks, .table = c->end};

  memcpy(head.magic, magic, sizeof magic);
  head.hash = elute_checkpoint_hash(0, &head, sizeof head) +
              elute_checkpoint_hash(1, c->block, c->n_blocks * sizeof *c->block);
  return head;
}

static bool read_at(const EluteCheckpoint *c, uint64_t at, void *to, size_t bytes) {
  MPI_Status status;
  int n = -1;

  if (MPI_File_read_at(c->file, (MPI_Offset)at, to, (int)bytes, MPI_BYTE, &status)) return false;
  MPI_Get_count(&status, MPI_BYTE, &n);
  return n == (int)bytes;
}

/* Does an entry say what a file of this length can hold? A table may have the right checksum and be of harm all the same. */
static bool is_possible(const EluteCheckpoint *c, const EluteCheckpointEntry *b) {
  if (!memchr(b->name, 0, sizeof b->name) || b->rows > INT_MAX || b->row_bytes > INT_MAX || b->offset > c->end) return false;
  return b->rows * b->row_bytes <= c->end - b->offset;
}

/* Head and table; the same on all ranks, which read the same bytes. */
static bool read_table(EluteCheckpoint *c, char why[200]) {
  EluteCheckpointHead head, expected;
  MPI_Offset size = 0;
  uint64_t whole;

  MPI_File_get_size(c->file, &size);
  if (!read_at(c, 0, &head, sizeof head) || memcmp(head.magic, magic, sizeof magic) != 0) {
    snprintf(why, 200, "it does not begin as a checkpoint does");
    return false;
  }
  if (head.order != ORDER || head.format != ELUTE_CHECKPOINT_FORMAT) {
    snprintf(why, 200, head.order != ORDER ? "it was written on a machine with another order of bytes"
                                           : "it has format %u; expected %d",
             head.format, ELUTE_CHECKPOINT_FORMAT);
    return false;
  }
  whole = head.table + head.n_blocks * sizeof *c->block;
  if (head.n_blocks > 1000000 || whole != (uint64_t)size) {
    snprintf(why, 200, "it has %lld bytes; expected %llu", (long long)size, (unsigned long long)whole);
    return false;
  }
  c->n_blocks = head.n_blocks;
  c->end = head.table;
  c->block = calloc(c->n_blocks + 1, sizeof *c->block);
  if (!c->block || !read_at(c, c->end, c->block, c->n_blocks * sizeof *c->block)) {
    snprintf(why, 200, "its table cannot be read");
    return false;
  }
  expected = elute_checkpoint_head(c);
  if (memcmp(&head, &expected, sizeof head) != 0) {
    snprintf(why, 200, "its table does not have the checksum that it should");
    return false;
  }
  for (uint64_t i = 0; i < c->n_blocks; i++)
    if (!is_possible(c, &c->block[i])) {
      snprintf(why, 200, "block %llu of its table is not in the file", (unsigned long long)i);
      return false;
    }
  return true;
}

/* Sum over this rank's share of the rows. */
static bool hash_share(const EluteCheckpoint *c, const EluteCheckpointEntry *b, void *buffer, uint64_t *sum) {
  const uint64_t end = b->rows * (uint64_t)(c->rank + 1) / (uint64_t)c->size;
  const uint64_t together = b->row_bytes ? PetscMax(ELUTE_CHECKPOINT_CHUNK / b->row_bytes, 1) : 1;

  for (uint64_t row = b->rows * (uint64_t)c->rank / (uint64_t)c->size; row < end;) {
    const uint64_t n = PetscMin(together, end - row);

    if (!read_at(c, b->offset + row * b->row_bytes, buffer, n * b->row_bytes)) return false;
    for (uint64_t r = 0; r < n; r++, row++)
      *sum += elute_checkpoint_hash(row, (char *)buffer + r * b->row_bytes, b->row_bytes);
  }
  return true;
}

PetscErrorCode EluteCheckpointVerify(EluteCheckpoint *c, bool *whole, char why[200]) {
  uint64_t most = ELUTE_CHECKPOINT_CHUNK;
  int fine = read_table(c, why);
  void *buffer;

  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &fine, 1, MPI_INT, MPI_MIN, c->mesh->comm));
  for (uint64_t i = 0; fine && i < c->n_blocks; i++) most = PetscMax(most, c->block[i].row_bytes);
  buffer = malloc(most);
  for (uint64_t i = 0; fine && i < c->n_blocks; i++) {
    const EluteCheckpointEntry *b = &c->block[i];
    uint64_t hash = 0;

    fine = buffer && hash_share(c, b, buffer, &hash);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &hash, 1, MPI_UINT64_T, MPI_SUM, c->mesh->comm));
    fine = fine && hash == b->hash;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &fine, 1, MPI_INT, MPI_MIN, c->mesh->comm));
    if (!fine) snprintf(why, 200, "its block %.47s does not have the checksum that it should", b->name);
  }
  free(buffer);
  *whole = fine;
  return PETSC_SUCCESS;
}
