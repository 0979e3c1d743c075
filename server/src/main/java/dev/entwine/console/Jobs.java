package dev.entwine.console;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Work that takes longer than a request: one at a time, each on a thread of its own. Safe from any thread. */
final class Jobs {
    /** What is finished stays to be looked at, until so many others are. */
    private static final int KEPT_MAX = 20;

    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private int number;

    /** What a job does. */
    interface Work {
        JsonNode run(Desk.Progress progress) throws RequestException;
    }

    private static final class Job {
        private final String id;
        private final String kind;
        private final String what;
        private final Instant began = Instant.now();
        private String doing = "";
        private double share;
        private String state = "running";
        private String failure = "";
        private JsonNode result = JsonNodeFactory.instance.nullNode();

        Job(String id, String kind, String what) {
            this.id = id;
            this.kind = kind;
            this.what = what;
        }

        synchronized boolean isRunning() {
            return state.equals("running");
        }

        synchronized void at(String present, double done) {
            doing = present;
            share = done;
        }

        synchronized void end(String how, String why, JsonNode made) {
            state = how;
            failure = why;
            result = made;
        }

        synchronized ObjectNode document(boolean whole) {
            ObjectNode document = JsonNodeFactory.instance.objectNode();
            document.put("id", id).put("kind", kind).put("what", what).put("state", state);
            document.put("began", began.toString()).put("failure", failure);
            document.put("doing", doing).put("share", share);
            if (whole) {
                document.set("result", result);
            }
            return document;
        }
    }

    /** @param what for people */
    synchronized ObjectNode start(String kind, String what, Work work) throws RequestException {
        if (jobs.values().stream().anyMatch(Job::isRunning)) {
            throw RequestException.refused("another comparison is running; wait until it has ended");
        }
        number++;
        Job job = new Job(Integer.toString(number), kind, what);
        jobs.put(job.id, job);
        if (jobs.size() > KEPT_MAX) {
            jobs.remove(jobs.keySet().iterator().next());
        }
        Thread.ofVirtual().name("console job " + job.id).start(() -> run(job, work));
        return job.document(false);
    }

    private static void run(Job job, Work work) {
        try {
            job.end("done", "", work.run(job::at));
        } catch (RequestException | RuntimeException e) {
            job.end("failed", String.valueOf(e.getMessage()), JsonNodeFactory.instance.nullNode());
        }
    }

    synchronized ObjectNode document(String id, boolean whole) throws RequestException {
        Job job = jobs.get(id);
        if (job == null) {
            throw RequestException.notFound(
                    "there is no job '" + id + "'; it may have been started by an engine before");
        }
        return job.document(whole);
    }

    synchronized ObjectNode all() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode list = document.putArray("jobs");
        List<Job> newest = new ArrayList<>(jobs.values());
        newest.reversed().forEach(job -> list.add(job.document(false)));
        return document;
    }
}
