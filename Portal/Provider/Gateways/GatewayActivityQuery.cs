namespace Headgate.Portal.Provider.Gateways;

/// <summary>What was done lately about a gateway. Entries name it in quotation marks, which no id contains.</summary>
internal sealed record GatewayActivityQuery(string Gateway) : LiveQuery<ActivityPage>
{
    private const int Rows = 10;

    public string Search => $"gateway '{Gateway}'";

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Gateway && change.Key == Gateway;

    public override Task<ActivityPage> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Directory().ListActivityAsync(null, new PageRequest(0, Rows, Search), cancellationToken);
}
