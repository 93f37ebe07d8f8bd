#ifndef ELUTE_VERSION_H
#define ELUTE_VERSION_H

#define ELUTE_VERSION "0.1.0"

#endif
