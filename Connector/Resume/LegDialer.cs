using System.Globalization;
using System.Net;
using System.Net.Security;
using Headgate.Connector.Bootstrap;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Resume;

/// <summary>
/// Opens legs over one gateway: TLS to the run's repository that must select <c>headgate-resume/1</c>, and then the first frames. <c>http/1.1</c> is
/// offered beside it only so that a repository which does not know the protocol can say so inside TLS, where nobody on the way can say it for it.
/// Safe for concurrent use.
/// </summary>
internal sealed class LegDialer(TlsDialer dialer, INameResolver names, CopyLimits limits, TimeProvider time)
{
    private static readonly SslApplicationProtocol s_protocol = new(ResumeProtocol.Alpn);

    /// <summary>The first frames of a leg.</summary>
    public delegate Task<T> Hello<T>(Leg leg, CancellationToken token);

    /// <summary>
    /// Dials each address of <paramref name="gateway"/> until <paramref name="hello"/> succeeds over one. Null when none does; how each failed is noted in
    /// <paramref name="tried"/>.
    /// </summary>
    /// <exception cref="CopyRefusedException">The repository does not know the protocol, or refuses this machine's certificate.</exception>
    /// <exception cref="ResumeRefusedException">The repository refuses the frames.</exception>
    /// <exception cref="ResumeResetException">The session of the frames is over.</exception>
    public async Task<(Leg Leg, T Answer)?> DialAsync<T>(
        GatewayEntry gateway, RunTicket run, DialTimeouts dial, Hello<T> hello, TriedGateways tried, CancellationToken token)
    {
        var peer = new PeerRequirement(run.ServerName, CertificateRole.Repository, run.Repository) { Protocols = [s_protocol, SslApplicationProtocol.Http11] };
        var addresses = await names.ResolveAsync(gateway.Host, token);
        if (addresses.Count == 0)
        {
            tried.Note(new DialAttempt(gateway.Gateway, gateway.Host, DialFailure.NotResolved, "the name has no address"));
        }

        foreach (var address in addresses)
        {
            var result = await dialer.DialAsync(new IPEndPoint(address, gateway.Port), gateway.Gateway, peer, dial, token);
            if (result.Connection is not { } tls)
            {
                tried.Note(result.Failed!);
                continue;
            }

            if (tls.Protocol != s_protocol)
            {
                await tls.DisposeAsync();
                throw new CopyRefusedException(
                    $"Repository {run.Repository} does not know {ResumeProtocol.Alpn}, which a copy run needs. Use --kind backup, or ask your service provider to update it.");
            }

            var leg = new Leg(tls, gateway.Gateway, time.GetTimestamp());
            var stands = false;
            try
            {
                var answer = await GreetAsync(leg, run, hello, tried, token);
                stands = answer.HasAnswer;
                if (stands)
                {
                    return (leg, answer.Answer!);
                }
            }
            finally
            {
                if (!stands)
                {
                    await leg.DisposeAsync();
                }
            }
        }

        return null;
    }

    private async Task<(bool HasAnswer, T? Answer)> GreetAsync<T>(Leg leg, RunTicket run, Hello<T> hello, TriedGateways tried, CancellationToken token)
    {
        using var limit = new CancellationTokenSource(limits.Hello, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, token);
        try
        {
            return (true, await hello(leg, both.Token));
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            var why = string.Create(CultureInfo.InvariantCulture, $"the repository did not answer through it within {limits.Hello.TotalSeconds:0.#} s");
            tried.Note(new DialAttempt(leg.Gateway, leg.Where, DialFailure.NoAnswer, why));
        }
        catch (IOException e) when (TlsFaults.AlertOf(e) is { } alert)
        {
            // Inside TLS 1.3 an alert is the repository's own word.
            throw new CopyRefusedException($"Repository {run.Repository} refused this machine's certificate or its route ({alert}).", e);
        }
        catch (IOException e) when (e is not ResumeResetException)
        {
            var why = TlsFaults.SocketErrorOf(e) is { } error ? TlsFaults.Describe(error) : "closed";
            tried.Note(new DialAttempt(leg.Gateway, leg.Where, DialFailure.BrokenOff, why + " before the repository answered through it"));
        }

        return (false, default);
    }
}
