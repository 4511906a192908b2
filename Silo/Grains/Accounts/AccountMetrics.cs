using System.Diagnostics.Metrics;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>Counts attempts to sign in. What strangers can do without end is counted here and not written to the audit.</summary>
internal sealed class AccountMetrics
{
    public const string MeterName = "headgate.silo.accounts";

    private readonly Counter<long> _signIns;
    private readonly Counter<long> _compared;

    public AccountMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _signIns = meter.CreateCounter<long>("headgate.silo.sign_ins", "{attempt}", "Attempts to sign in, by outcome.");
        _compared = meter.CreateCounter<long>("headgate.silo.password_comparisons", "{comparison}", "Passwords compared with an account's.");
    }

    /// <param name="outcome">accepted, code-needed, wrong-password, wrong-code, locked, unknown (no such account here, or disabled), malformed, busy.</param>
    public void SignIn(string outcome) => _signIns.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Compared() => _compared.Add(1);
}
