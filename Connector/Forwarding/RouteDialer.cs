using System.Net;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>
/// Opens connections to the repository of a ticket: down the list of gateways, then once more down a list fetched afresh, then it gives up. Fetching is
/// shared by all connections that are at the end of their pass. Safe for concurrent use.
/// </summary>
internal sealed class RouteDialer(
    TlsDialer dialer, INameResolver names, GatewayOrder order, Func<CancellationToken, Task<GatewayList>> refresh, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private long? _refreshedAt;

    /// <summary>Dials the repository of <paramref name="ticket"/>; every failed address is noted in <paramref name="record"/>.</summary>
    /// <exception cref="NoGatewayAnswersException">Both passes failed.</exception>
    public async Task<RouteConnection> DialAsync(RunTicket ticket, AttemptRecord record, CancellationToken token)
    {
        var peer = new PeerRequirement(ticket.ServerName, CertificateRole.Repository, ticket.Repository);
        var attempts = new List<DialAttempt>();
        var began = time.GetTimestamp();
        if (await PassAsync(peer, record, attempts, token) is { } first)
        {
            return first;
        }

        if (await RefreshAsync(began, attempts, token) && await PassAsync(peer, record, attempts, token) is { } second)
        {
            return second;
        }

        throw new NoGatewayAnswersException($"repository {ticket.Repository}", attempts);
    }

    public void Dispose() => _refreshing.Dispose();

    private async Task<RouteConnection?> PassAsync(PeerRequirement peer, AttemptRecord record, List<DialAttempt> attempts, CancellationToken token)
    {
        var failed = new List<string>();
        foreach (var gateway in order.InOrder())
        {
            var addresses = await names.ResolveAsync(gateway.Host, token);
            if (addresses.Count == 0)
            {
                Note(new DialAttempt(gateway.Gateway, gateway.Host, DialFailure.NotResolved, "the name has no address"));
            }

            foreach (var address in addresses)
            {
                var result = await dialer.DialAsync(new IPEndPoint(address, gateway.Port), gateway.Gateway, peer, token);
                if (result.Connection is { } connection)
                {
                    order.Worked(gateway.Gateway);
                    record.Of(gateway.Gateway).AddConnection(order.WhyNow(gateway, failed), failed.FirstOrDefault());
                    record.AddTrials(gateway.Gateway, failed);
                    return new RouteConnection(connection, gateway.Gateway);
                }

                Note(result.Failed!);
            }

            order.Failed(gateway.Gateway);
            failed.Add(gateway.Gateway);
        }

        return null;

        void Note(DialAttempt attempt)
        {
            attempts.Add(attempt);
            record.AddFailure(attempt);
        }
    }

    private async Task<bool> RefreshAsync(long began, List<DialAttempt> attempts, CancellationToken token)
    {
        await _refreshing.WaitAsync(token);
        try
        {
            if (_refreshedAt is { } last && last >= began)
            {
                // Another connection fetched it while this one was in its pass.
                return true;
            }

            var held = order.List.Version;
            order.Take(await refresh(token), held);
            _refreshedAt = time.GetTimestamp();
            return true;
        }
        catch (Exception e) when (e is ConnectorFailureException or ProblemException)
        {
            attempts.Add(new DialAttempt(null, "a new gateway list", DialFailure.NoAnswer, "not to be had"));
            return false;
        }
        finally
        {
            _refreshing.Release();
        }
    }
}
