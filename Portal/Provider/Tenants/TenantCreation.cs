namespace Headgate.Portal.Provider.Tenants;

/// <summary>
/// Making a tenant, in two calls: the tenant, then its quota. When the second fails the first stands, and only the second is tried again.
/// </summary>
internal sealed class TenantCreation
{
    private const long MinLimitBytes = 1L << 20;
    private const int MaxNumber = 999;

    /// <summary>What people call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>The quota's limit; 0 for what is no size.</summary>
    public long LimitBytes { get; set; } = 500L << 30;

    /// <summary>The bandwidth limit, as typed.</summary>
    public string Bandwidth { get; set; } = "none";

    /// <summary>The id somebody typed; null lets it be made from the name.</summary>
    public string? TypedId { get; set; }

    /// <summary>The id made from the name, free when it was last looked.</summary>
    public string MadeId { get; private set; } = "";

    /// <summary>The repository somebody chose; null lets the roomiest be taken.</summary>
    public string? Repository { get; set; }

    /// <summary>The tenant, once it stands.</summary>
    public TenantInfo? Made { get; private set; }

    /// <summary>What the tenant's id will be.</summary>
    public string Id => TypedId ?? MadeId;

    /// <summary>Makes an id of the name; whether it is free is not known yet.</summary>
    public void NameTyped() => MadeId = string.IsNullOrWhiteSpace(Name) ? "" : Names.ToId(Name, "tenant");

    /// <summary>Everything that is wrong.</summary>
    public void Check(Faults faults, string? repository)
    {
        faults.Clear();
        if (Names.FaultOf(Name) is { } fault)
        {
            faults.Add("displayName", fault);
        }

        faults.Check("limitBytes", LimitBytes >= MinLimitBytes, "A size is 1 MiB or more, such as 500 GiB.");
        TenantForm.CheckBandwidth(faults, Bandwidth);
        faults.Check("tenant", TypedId is null || Names.IsId(TypedId), $"An id has {Names.IdRule}.");
        faults.Check("repository", repository is not null, "There is no repository that could take it.");
    }

    /// <summary>The id made from the name, with a number after it when the id is taken.</summary>
    public async Task<string> FindFreeIdAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var id = Names.ToId(Name, "tenant");
        for (var number = 2; number <= MaxNumber && await IsTakenAsync(grains, id, cancellationToken); number++)
        {
            id = Names.Numbered(Names.ToId(Name, "tenant"), number);
        }

        return MadeId = id;
    }

    /// <summary>The first call. An id that was made here and is taken meanwhile gives way to the next; one that was typed is refused.</summary>
    /// <exception cref="RefusedException">The tenant was not made.</exception>
    public async Task<TenantInfo> MakeAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var limit = TenantBandwidth.TryParse(Bandwidth, out var bytesPerSecond) ? bytesPerSecond : null;
        while (true)
        {
            if (TypedId is null)
            {
                await FindFreeIdAsync(grains, cancellationToken);
            }

            try
            {
                return Made = await grains.GetGrain<ITenantGrain>(Id).CreateAsync(new CreateTenant(Name.Trim(), [], null, 0, limit), cancellationToken);
            }
            catch (RefusedException refusal) when (refusal.Reason == RefusalReason.Exists && TypedId is null && MadeId != Names.Numbered(Names.ToId(Name, "tenant"), MaxNumber))
            {
                // Somebody took it between the look and the call: look again.
            }
        }
    }

    /// <summary>The second call.</summary>
    /// <exception cref="RefusedException">The tenant stands without a quota.</exception>
    public Task<QuotaInfo> SetQuotaAsync(IGrainFactory grains, string repository, CancellationToken cancellationToken) =>
        grains.GetGrain<ITenantGrain>(Made!.Tenant).SetQuotaAsync(repository, LimitBytes, null, cancellationToken);

    private static async Task<bool> IsTakenAsync(IGrainFactory grains, string id, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<ITenantGrain>(id).GetAsync(cancellationToken);
            return true;
        }
        catch (RefusedException refusal) when (refusal.Reason == RefusalReason.NotFound)
        {
            return false;
        }
    }
}
