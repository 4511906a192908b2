namespace Headgate.Silo.Grains.Enrolment;

/// <summary>What becomes of a claim.</summary>
internal enum EnrolmentOutcome
{
    /// <summary>The code is unused: issue a certificate.</summary>
    Fresh,

    /// <summary>The same key again, shortly after: answer the same certificate.</summary>
    SameAgain,

    /// <summary>Used already, by another key or too long ago: refuse, and leave a trace.</summary>
    UsedByAnother,

    /// <summary>Never used, and too late now.</summary>
    Expired,
}
