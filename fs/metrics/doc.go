// Package metrics writes the virtual file metrics, in Prometheus' text format and by its naming.
//
//	inboxfs_build_info{version, goversion}        1
//	inboxfs_queue_state{state}                    1 for what the queue does, 0 for the others
//	inboxfs_files{state}                          entries of the list
//	inboxfs_files_bytes{state}                    and their sizes
//	inboxfs_waiting_files                         receiving ones that only wait for another name
//	inboxfs_pending_bytes                         still to be sent of ready, uploading and paused files
//	inboxfs_oldest_pending_age_seconds            since the first of those was added; 0: there is none
//	inboxfs_parts_in_flight                       requests that carry bytes of files just now
//	inboxfs_uploaded_bytes_total                  acknowledged
//	inboxfs_uploaded_files_total
//	inboxfs_failed_files_total{code}              at most 51 codes
//	inboxfs_retries_total
//	inboxfs_token_expiries_total
//	inboxfs_journal_errors_total
//	inboxfs_events_total                          the number of the newest event; it goes on after a restart
//	inboxfs_spool_size_bytes, _free_bytes         of the disk of the spool
//	inboxfs_fuse_operation_duration_seconds       histogram{operation}
//	inboxfs_process_*                             memory, descriptors, CPU, start
//
// All counters but events are of this mount. No label holds the name of a file, nor anything else without bound. Each
// file is one snapshot of the queue. The names are prefixed also where Prometheus has common ones (process_*), because
// a textfile collector would take those for its own.
package metrics
