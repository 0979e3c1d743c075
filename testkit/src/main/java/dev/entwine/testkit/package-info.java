/**
 * Faults, workloads and recorders for tests on real databases; knows nothing of the server. Start reading at
 * {@link dev.entwine.testkit.PostgresVersions} and {@link dev.entwine.testkit.FaultProxy}.
 */
@NullMarked
package dev.entwine.testkit;

import org.jspecify.annotations.NullMarked;
