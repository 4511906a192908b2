namespace Headgate.Connector.Commands;

/// <summary>
/// What <c>headgate</c> exits with. A tool's own code is passed through, so these keep clear of restic's (0 to 12, 130)
/// and follow sysexits where that has a word for it.
/// </summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The arguments cannot be.</summary>
    public const int Usage = 64;

    /// <summary>No gateway answers; each was named with why.</summary>
    public const int NoGatewayAnswers = 69;

    /// <summary>A fault of ours.</summary>
    public const int Internal = 70;

    /// <summary>This machine's clock and a certificate's validity do not go together.</summary>
    public const int ClockWrong = 71;

    /// <summary>The state folder cannot be read or written, or holds another enrolment.</summary>
    public const int StateFolder = 73;

    /// <summary>Refused for now (run limit, repository away) and still so after the last retry.</summary>
    public const int RefusedForNow = 75;

    /// <summary>The other side is not who it must be: wrong authority, wrong repository.</summary>
    public const int Untrusted = 76;

    /// <summary>The service provider refused, and waiting cures nothing: code used, tenant disabled, no quota, revoked.</summary>
    public const int Refused = 77;

    /// <summary>This machine is not enrolled.</summary>
    public const int NotEnrolled = 78;

    /// <summary>A job's hook before the tool failed, and so the tool was not run.</summary>
    public const int HookFailed = 79;

    /// <summary>The tool is there and cannot be started, or the machine's service manager did not do what was asked of it.</summary>
    public const int ToolNotExecutable = 126;

    /// <summary>There is no such tool.</summary>
    public const int ToolNotFound = 127;

    /// <summary>Stopped by Ctrl-C or a termination signal.</summary>
    public const int Cancelled = 130;
}
