-- What is remembered of an organization is remembered under its revision (src/decision/known.rs). So every transaction that
-- changes what an answer rests on must raise the revision, and in the stories PostgreSQL refuses one that does not. The access
-- model is not looked at: it stands in the row that the revision stands in.
CREATE FUNCTION must_raise_the_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := coalesce(NEW, OLD);
  concerned uuid;
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'resource_access' THEN SELECT organization_id INTO concerned FROM resources WHERE id = changed.resource_id;
    ELSE concerned := changed.organization_id;
  END CASE;
  IF EXISTS (SELECT 1 FROM organizations WHERE id = concerned AND xmin <> pg_current_xact_id()::xid) THEN
    RAISE EXCEPTION 'a change of % did not raise the revision of organization %', TG_TABLE_NAME, concerned;
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER raises AFTER UPDATE OF account_id, status, roles, teams, projects, role_template_id, permissions,
  feature_access OR DELETE ON members DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_raise_the_revision();
CREATE CONSTRAINT TRIGGER raises AFTER UPDATE OF packed OR DELETE ON roles DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION must_raise_the_revision();
CREATE CONSTRAINT TRIGGER raises AFTER UPDATE OF permissions OR DELETE ON role_templates DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION must_raise_the_revision();
CREATE CONSTRAINT TRIGGER raises AFTER UPDATE OF category, visibility OR DELETE ON resources DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION must_raise_the_revision();
CREATE CONSTRAINT TRIGGER raises AFTER INSERT OR UPDATE OR DELETE ON resource_access DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION must_raise_the_revision();
