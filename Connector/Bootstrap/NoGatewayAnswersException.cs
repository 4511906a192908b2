using Headgate.Connector.Commands;

namespace Headgate.Connector.Bootstrap;

/// <summary>Every address was tried and none answered. The message names each with why.</summary>
internal sealed class NoGatewayAnswersException(string what, IReadOnlyList<DialAttempt> attempts)
    : ConnectorFailureException(CodeOf(attempts), Describe(what, attempts))
{
    /// <summary>What was tried, in order.</summary>
    public IReadOnlyList<DialAttempt> Attempts { get; } = attempts;

    private static string Describe(string what, IReadOnlyList<DialAttempt> attempts)
    {
        if (attempts.Count == 0)
        {
            return $"No gateway answers for {what}: there is no address to try. Ask your service provider, or name one with --resolve.";
        }

        var tried = string.Join("; ", attempts.Select(attempt => attempt.ToString()));
        return $"No gateway answers for {what}. Tried {tried}.";
    }

    private static int CodeOf(IReadOnlyList<DialAttempt> attempts)
    {
        if (attempts.Count > 0 && attempts.All(attempt => attempt.Failure == DialFailure.WrongCertificate))
        {
            return ExitCodes.Untrusted;
        }

        return attempts.Any(attempt => attempt.Failure == DialFailure.ClockWrong) ? ExitCodes.ClockWrong : ExitCodes.NoGatewayAnswers;
    }
}
