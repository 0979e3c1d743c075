package dev.entwine.testkit.torture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Which faults come when: episodes with peace in between, in two of five of which a second fault comes while the first one lasts. Every
 * kind comes once before one comes again. The same seed draws the same.
 */
public record Schedule(List<Planned> faults) {
    private static final int PEACE_MILLIS_MIN = 500;
    private static final int PEACE_MILLIS_MAX = 2_000;
    private static final int OVERLAP_PERCENT = 40;

    /** What a fault is done to; two that overlap are done to different things. */
    private enum Target {
        ENGINE,
        SERVER,
        LINE
    }

    /** What is done, and how long it lasts at most. */
    public enum Kind {
        ENGINE_KILLED(Target.ENGINE, 1_500),
        ENGINE_FROZEN(Target.ENGINE, 8_000),
        /** A second one waits as a standby, and the first one is killed. */
        ENGINE_TAKEN_OVER(Target.ENGINE, 4_000),
        /** In good order, with another heap. */
        ENGINE_RESTARTED(Target.ENGINE, 1_000),
        SERVER_KILLED(Target.SERVER, 1_500),
        SERVER_FROZEN(Target.SERVER, 8_000),
        /** What is sent is lost, in both directions. */
        LINE_PARTED(Target.LINE, 8_000),
        LINE_PARTED_TO_SERVER(Target.LINE, 8_000),
        LINE_PARTED_TO_ENGINE(Target.LINE, 8_000),
        /** What is sent waits. */
        LINE_STALLED(Target.LINE, 8_000),
        /** Not even the end of a connection is seen. */
        LINE_SILENT(Target.LINE, 8_000),
        LINE_SLOW(Target.LINE, 5_000),
        /** All connections at once. */
        LINE_CUT(Target.LINE, 500),
        /** Wherever in a transaction the number of bytes is reached. */
        LINE_CUT_IN_MIDSTREAM(Target.LINE, 3_000),
        LINE_REFUSED(Target.LINE, 4_000);

        private final Target target;
        private final int millisMax;

        Kind(Target target, int millisMax) {
            this.target = target;
            this.millisMax = millisMax;
        }
    }

    /**
     * One fault.
     *
     * @param atMillis from the beginning of the torture
     * @param site     whose server or line; for the engine, of no meaning
     */
    public record Planned(int atMillis, int millis, Kind kind, String site) {
        private boolean meets(Planned other) {
            return kind.target == other.kind.target && (kind.target == Target.ENGINE || site.equals(other.site));
        }

        private int end() {
            return atMillis + millis;
        }

        @Override
        public String toString() {
            return atMillis + " ms: " + kind + (kind.target == Target.ENGINE ? "" : " of " + site) + " for " + millis
                    + " ms";
        }
    }

    public Schedule {
        faults = List.copyOf(faults);
    }

    /** Faults that all end within the time. */
    public static Schedule draw(long seed, int seconds, List<String> sites) {
        Random random = new Random(seed);
        List<Kind> bag = new ArrayList<>();
        List<Planned> faults = new ArrayList<>();
        int at = PEACE_MILLIS_MAX;
        while (true) {
            Planned first = one(random, bag, at, sites);
            List<Planned> episode = new ArrayList<>(List.of(first));
            if (random.nextInt(100) < OVERLAP_PERCENT) {
                Planned second = one(random, bag, at + random.nextInt(first.millis()), sites);
                if (!second.meets(first)) {
                    episode.add(second);
                }
            }
            int end = Collections.max(episode, Comparator.comparingInt(Planned::end))
                    .end();
            if (end > seconds * 1_000) {
                return new Schedule(faults);
            }
            faults.addAll(episode);
            at = end + random.nextInt(PEACE_MILLIS_MIN, PEACE_MILLIS_MAX);
        }
    }

    private static Planned one(Random random, List<Kind> bag, int at, List<String> sites) {
        if (bag.isEmpty()) {
            bag.addAll(List.of(Kind.values()));
            Collections.shuffle(bag, random);
        }
        Kind kind = bag.removeLast();
        int millis = Math.max(kind.millisMax / 8, random.nextInt(kind.millisMax));
        return new Planned(at, millis, kind, sites.get(random.nextInt(sites.size())));
    }

    /** How many begin while another one lasts. */
    public long overlaps() {
        return faults.stream()
                .filter(fault -> faults.stream()
                        .anyMatch(other -> !other.equals(fault)
                                && other.atMillis() <= fault.atMillis()
                                && fault.atMillis() < other.end()))
                .count();
    }

    @Override
    public String toString() {
        return faults.stream().map(Planned::toString).collect(Collectors.joining("\n"));
    }
}
