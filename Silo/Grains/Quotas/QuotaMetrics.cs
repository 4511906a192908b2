using System.Diagnostics.Metrics;
using Headgate.Grains;

namespace Headgate.Silo.Grains.Quotas;

/// <summary>Counts what hosts are answered on their leases.</summary>
internal sealed class QuotaMetrics
{
    public const string MeterName = "headgate.silo.quotas";

    private readonly Counter<long> _leases;
    private readonly Counter<long> _softLimits;
    private readonly Counter<long> _fenced;

    public QuotaMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _leases = meter.CreateCounter<long>(
            "headgate.silo.quotas.leases", "{lease}", "Leases that repository hosts were answered on, by status, and whether storage was written first.");
        _softLimits = meter.CreateCounter<long>("headgate.silo.quotas.soft_limits", "{crossing}", "Times that the use of a quota rose above its soft limit.");
        _fenced = meter.CreateCounter<long>("headgate.silo.quotas.fenced", "{lease}", "Leases that an administrator fenced.");
    }

    public void Leased(LeaseOutcome outcome, bool written) =>
        _leases.Add(1, new("status", outcome switch
        {
            LeaseOutcome.Granted => "granted",
            LeaseOutcome.Waiting => "waiting",
            _ => "superseded",
        }), new("written", written));

    public void NoQuota() => _leases.Add(1, new("status", "no-quota"), new("written", false));

    public void SoftLimitCrossed() => _softLimits.Add(1);

    public void Fenced() => _fenced.Add(1);
}
