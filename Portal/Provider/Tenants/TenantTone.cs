namespace Headgate.Portal.Provider.Tenants;

/// <summary>How a tenant stands, in a word.</summary>
internal static class TenantTone
{
    public static (Tone Tone, string Text) Of(TenantInfo tenant, DateTimeOffset now) => tenant switch
    {
        { Status: TenantStatus.Disabled } => (Tone.Neutral, "Disabled"),
        { LeaseEnds: { } ends } when ends <= now => (Tone.Bad, "Lease ended"),
        _ => (Tone.Good, "Active"),
    };
}
