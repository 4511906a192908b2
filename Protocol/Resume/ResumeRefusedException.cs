namespace Headgate.Protocol.Resume;

/// <summary>The server refused a leg, inside TLS: it said so itself.</summary>
/// <param name="code">Its code; a number that this version does not know is kept.</param>
/// <param name="sentence">Its sentence, cleaned of control characters.</param>
public sealed class ResumeRefusedException(RefusalCode code, string sentence) : Exception(sentence)
{
    /// <summary>The code.</summary>
    public RefusalCode Code { get; } = code;

    /// <summary>True when no other leg can help, because the session is gone or never will be there.</summary>
    public bool IsFinal => Code is not (RefusalCode.OldLeg or RefusalCode.TooManySessions or RefusalCode.NoRoom);
}
