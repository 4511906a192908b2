namespace Headgate.Protocol.Enrolment;

/// <summary>Why enrolment failed before the silo could answer.</summary>
public enum EnrolmentFailure
{
    /// <summary>Nobody answered, or the connection broke.</summary>
    Unreachable,

    /// <summary>The authority that answered is not the one the code names.</summary>
    WrongAuthority,

    /// <summary>The authority is right, and the server that answered does not hold its certificate.</summary>
    WrongServer,

    /// <summary>This machine's clock is outside the server certificate's validity.</summary>
    ClockWrong,

    /// <summary>The answer is not one that this version understands.</summary>
    BadAnswer,
}
