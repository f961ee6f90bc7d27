#!/bin/sh
# Runs workerd, and ends it when the process that started it is gone: workerd itself would live
# on after a SIGKILL of its parent, and keep the port.
parent=$PPID
self=$$
(
  while kill -0 "$parent" && kill -0 "$self"; do sleep 0.3; done
  kill -KILL "$self"
) </dev/null >/dev/null 2>&1 3>&- &

# Ctrl-C reaches the whole group; the parent decides when workerd ends.
trap '' INT
exec "$TIDEGATE_WORKERD" "$@"
