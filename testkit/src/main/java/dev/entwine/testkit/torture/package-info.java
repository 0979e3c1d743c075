/**
 * Torture for whatever keeps databases in step: a workload whose every version carries a tag, a schedule of faults drawn from a seed,
 * and a judge. In: what the {@linkplain dev.entwine.testkit.witness witnesses} have seen, the tables and journals at the end, what
 * was acknowledged. Out: a {@link dev.entwine.testkit.torture.Verdict}. The judge is pure and shares no code with the judged: it
 * knows the tables of the workload, the published form of the journal, and the promises. Start reading at
 * {@link dev.entwine.testkit.torture.Judge}.
 */
@NullMarked
package dev.entwine.testkit.torture;

import org.jspecify.annotations.NullMarked;
