//! Why something was refused, in words.

/// Why something was refused.
pub fn reason(code: &str) -> String {
    match code {
        "outside_grant_rule" => "their role does not allow it with this person or role".to_owned(),
        "no_role_manager" => "nobody with a top role could change roles afterwards".to_owned(),
        "own_membership" => "nobody changes their own role or status".to_owned(),
        "last_owner" => "this is the last one with the top role".to_owned(),
        "email_in_use" => "somebody else has this address".to_owned(),
        "account_exists" => "the address has an account already".to_owned(),
        other => other.replace('_', " "),
    }
}
