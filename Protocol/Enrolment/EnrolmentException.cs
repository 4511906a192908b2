namespace Headgate.Protocol.Enrolment;

/// <summary>Enrolment failed before the silo could answer; nothing was spent. The message is the sentence to show.</summary>
public sealed class EnrolmentException : Exception
{
    /// <summary>A failure.</summary>
    public EnrolmentException(EnrolmentFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    /// <summary>Why.</summary>
    public EnrolmentFailure Failure { get; }
}
