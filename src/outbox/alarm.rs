//! What a disowned notice tells whoever runs an organization. A letter's row holds it as a number.

use super::notice::Happening;

/// What somebody says that they did not do, and whether their account was made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What they disown.
    pub about: About,
    /// Whether their sessions and their password were ended; if not, what was changed stands.
    pub secured: bool,
}

/// What somebody disowns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A change of their password.
    Password,
    /// A change of their address.
    Email,
    /// A sign-in.
    SignIn,
    /// A change of their roles.
    Roles,
}

impl From<&Happening> for About {
    fn from(happening: &Happening) -> Self {
        match happening {
            Happening::PasswordChanged => Self::Password,
            Happening::EmailChanged => Self::Email,
            Happening::NewDevice { .. } => Self::SignIn,
            Happening::RoleChanged { .. } => Self::Roles,
        }
    }
}

impl Alarm {
    /// The number in the letter's row.
    pub fn to_number(self) -> i64 {
        let about = match self.about {
            About::Password => 1,
            About::Email => 2,
            About::SignIn => 3,
            About::Roles => 4,
        };
        if self.secured { 10 + about } else { about }
    }

    /// The alarm of that number.
    pub fn from_number(number: i64) -> Option<Self> {
        let about = match number % 10 {
            1 => About::Password,
            2 => About::Email,
            3 => About::SignIn,
            4 => About::Roles,
            _ => return None,
        };
        (0..20).contains(&number).then_some(Self { about, secured: number >= 10 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_survives_its_row() {
        for about in [About::Password, About::Email, About::SignIn, About::Roles] {
            for secured in [false, true] {
                let alarm = Alarm { about, secured };
                assert_eq!(Alarm::from_number(alarm.to_number()), Some(alarm));
            }
        }
        assert_eq!([0, 5, -1, 21].map(Alarm::from_number), [None; 4]);
    }
}
