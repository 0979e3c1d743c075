package dev.entwine.bench;

import dev.entwine.testkit.Workload;
import dev.entwine.testkit.WorkloadOptions;
import java.util.Map;

/** The test kit's writers: updates 70 %, inserts 20 %, deletes 10 %, on tables with keys of many types. */
final class MixedLoad implements LagRound.Load {
    private final Workload workload;

    private MixedLoad(Workload workload) {
        this.workload = workload;
    }

    /** @param sites how to connect, by the names of the sites */
    static MixedLoad start(WorkloadOptions options, Map<String, Workload.Connector> sites) {
        return new MixedLoad(Workload.start(options, sites));
    }

    @Override
    public long writes() {
        return workload.recorder().writes().size();
    }

    @Override
    public void close() {
        workload.close();
    }
}
