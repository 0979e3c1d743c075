package dev.entwine.bench;

import java.util.List;
import java.util.Locale;

/** The two that are compared. */
enum Rival {
    ENTWINE {
        // The engine does not compare tables meanwhile: the other one never does.
        @Override
        Contender.Stopped prepare(Pair pair, String database, List<String> schemas, List<String> javaOptions)
                throws Exception {
            StringBuilder settings = new StringBuilder("tables:\n");
            schemas.forEach(
                    schema -> settings.append("  - match: ").append(schema).append(".*\n"));
            settings.append("engine:\n  verify_within: off\n");
            EngineProcess.Setup setup = EngineProcess.setup(pair, database, "512m", settings.toString());
            return () -> {
                EngineProcess engine = setup.run(javaOptions);
                engine.awaitRunning();
                return engine;
            };
        }
    },
    NATIVE {
        @Override
        Contender.Stopped prepare(Pair pair, String database, List<String> schemas, List<String> javaOptions)
                throws Exception {
            return OwnReplication.prepare(pair, database);
        }
    };

    /**
     * Makes it ready on a database that has the same content at both sites; what is committed afterwards is kept for it.
     *
     * @param schemas     whose tables are kept in step
     * @param javaOptions of the engine's virtual machine, beside the launcher's
     */
    abstract Contender.Stopped prepare(Pair pair, String database, List<String> schemas, List<String> javaOptions)
            throws Exception;

    /** As it is called in results. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one that is called so. */
    static Rival of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }

    /** Who goes first in a pair, which are counted from 1. */
    static List<Rival> order(int pair) {
        return pair % 2 == 1 ? List.of(NATIVE, ENTWINE) : List.of(ENTWINE, NATIVE);
    }
}
