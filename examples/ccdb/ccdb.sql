-- A conditions database: objects of an experiment, each valid for a range of time, with the texts that describe them in dictionaries.
-- The ids of a dictionary's rows are made up at each site; what counts is the text.

CREATE EXTENSION IF NOT EXISTS hstore;

CREATE TABLE path (id serial PRIMARY KEY, path text NOT NULL UNIQUE);
CREATE TABLE content_type (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE metadata_key (id serial PRIMARY KEY, name text NOT NULL UNIQUE);

CREATE TABLE object (
    id uuid PRIMARY KEY,
    path int NOT NULL REFERENCES path ON UPDATE CASCADE,
    content_type int REFERENCES content_type ON UPDATE CASCADE,
    validity tsrange NOT NULL,
    size bigint NOT NULL,
    uploaded_from inet,
    replicas int[] NOT NULL DEFAULT '{}',
    metadata hstore NOT NULL DEFAULT ''       -- its keys are ids of metadata_key
);
CREATE INDEX object_path ON object (path);
CREATE INDEX object_content_type ON object (content_type);
CREATE INDEX object_validity ON object USING gist (validity);
CREATE INDEX object_metadata ON object USING gin (metadata);

-- How much there is under each path, kept by a trigger at the site where objects come and go.
CREATE TABLE path_total (
    path int PRIMARY KEY REFERENCES path ON UPDATE CASCADE ON DELETE CASCADE,
    objects bigint NOT NULL,
    bytes bigint NOT NULL
);
ALTER TABLE path_total REPLICA IDENTITY FULL;

CREATE FUNCTION count_object() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE path_total SET objects = objects - 1, bytes = bytes - OLD.size WHERE path = OLD.path;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO path_total AS t VALUES (NEW.path, 1, NEW.size)
            ON CONFLICT (path) DO UPDATE SET objects = t.objects + 1, bytes = t.bytes + NEW.size;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_object AFTER INSERT OR DELETE OR UPDATE OF path, size ON object
    FOR EACH ROW EXECUTE FUNCTION count_object();
