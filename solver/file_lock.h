/* Locks on single bytes of a file: the system drops them however a process ends, on whatever machine. */
#ifndef ELUTE_FILE_LOCK_H
#define ELUTE_FILE_LOCK_H

#include <stdbool.h>

int EluteFileLock(int descriptor, long long byte);   /* 0, or why not (errno) */
bool EluteFileLocked(int descriptor, long long byte); /* by another process */

#endif
