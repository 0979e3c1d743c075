package dev.entwine.bench;

/**
 * A backlog: what is written at one site while nothing carries it over.
 *
 * @param name           of the workload
 * @param what           in a few words
 * @param create         makes the table {@code item} and fills it
 * @param declare        variables of {@code body}, in PL/pgSQL, or empty
 * @param body           the statement of transaction {@code i}, in PL/pgSQL
 * @param perTransaction rows that it changes
 * @param warmUp         transactions that come first and do not count: the engine's compiler is at work meanwhile
 * @param transactions   that count
 */
record Backlog(
        String name,
        String what,
        String create,
        String declare,
        String body,
        int perTransaction,
        int warmUp,
        int transactions) {
    /** Rows changed by what counts. */
    int changes() {
        return perTransaction * transactions;
    }

    String writeWarmUp() {
        return write(1, warmUp);
    }

    String writeMeasured() {
        return write(warmUp + 1, warmUp + transactions);
    }

    private String write(int first, int last) {
        return "DO $$ DECLARE " + declare + " BEGIN FOR i IN " + first + " .. " + last + " LOOP " + body
                + "; COMMIT; END LOOP; END $$";
    }
}
