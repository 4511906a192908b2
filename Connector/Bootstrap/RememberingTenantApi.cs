using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Bootstrap;

/// <summary>Keeps every gateway list that comes by, for a day on which the public name does not resolve.</summary>
internal sealed class RememberingTenantApi(ITenantApi inner, StateFolder folder) : ITenantApi
{
    public async Task<RunTicket> OpenRunAsync(OpenRunRequest request, CancellationToken token)
    {
        var ticket = await inner.OpenRunAsync(request, token);
        folder.TryRemember(ticket.Gateways);
        return ticket;
    }

    public async Task<RunTicket> NextAttemptAsync(string job, long run, NextAttemptRequest request, CancellationToken token)
    {
        var ticket = await inner.NextAttemptAsync(job, run, request, token);
        folder.TryRemember(ticket.Gateways);
        return ticket;
    }

    public async Task<ProgressAnswer> ReportAsync(string job, long run, ProgressRequest request, CancellationToken token)
    {
        var answer = await inner.ReportAsync(job, run, request, token);
        if (answer.Gateways is { } list)
        {
            folder.TryRemember(list);
        }

        return answer;
    }

    public Task<RunSummary> FinishAsync(string job, long run, FinishRequest request, CancellationToken token) =>
        inner.FinishAsync(job, run, request, token);

    public async Task<GatewayList> GatewaysAsync(CancellationToken token)
    {
        var list = await inner.GatewaysAsync(token);
        folder.TryRemember(list);
        return list;
    }

    public Task<TenantStatusAnswer> StatusAsync(CancellationToken token) => inner.StatusAsync(token);
}
