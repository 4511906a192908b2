using System.Net.Sockets;
using System.Security.Cryptography;
using Headgate.Connector.Commands;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// Enrols over whichever address of the public name answers. What somebody says before the authority is proved is no reason to stop: the next address is
/// tried. Once it is proved, its word is final.
/// </summary>
internal sealed class Enroller(INameResolver names, DialTimeouts timeouts, TimeProvider time)
{
    /// <summary>Enrols with <paramref name="code"/> and <paramref name="key"/> as <paramref name="hostName"/>.</summary>
    /// <exception cref="ConnectorFailureException">Nobody answers, the authority is another, the clock is wrong, or the code was refused.</exception>
    public Task<ProgramIdentity> EnrolAsync(EnrolmentCode code, ECDsa key, string hostName, CancellationToken token) =>
        EnrolAsync(code, new ProviderAddresses(code.Host, code.Port, names, () => null), key, hostName, token);

    /// <summary>The same over given addresses, whatever the code's public name leads to.</summary>
    /// <exception cref="ConnectorFailureException">Nobody answers, the authority is another, the clock is wrong, or the code was refused.</exception>
    public async Task<ProgramIdentity> EnrolAsync(EnrolmentCode code, ProviderAddresses addresses, ECDsa key, string hostName, CancellationToken token)
    {
        var attempts = new List<DialAttempt>();
        EnrolmentException? unproved = null;
        await foreach (var address in addresses.EnumerateAsync(token))
        {
            if (address.Endpoint is not { } endpoint)
            {
                attempts.Add(new DialAttempt(null, address.Name, DialFailure.NotResolved, "the name has no address"));
                continue;
            }

            var opened = await TcpDialer.ConnectAsync(endpoint, null, timeouts.Connect, time, token);
            if (opened.Socket is not { } socket)
            {
                attempts.Add(opened.Failed!);
                continue;
            }

            using var stream = new FirstBytesLimitStream(new NetworkStream(socket, ownsSocket: true), timeouts.Tls, time);
            try
            {
                return await EnrolmentClient.EnrolAsync(code, null, key, _ => Task.FromResult<Stream>(stream), hostName, time, token);
            }
            catch (ProblemException refusal)
            {
                throw new ConnectorFailureException(ExitCodes.Refused, refusal.Message, refusal);
            }
            catch (EnrolmentException failure) when (failure.Failure is EnrolmentFailure.ClockWrong or EnrolmentFailure.BadAnswer)
            {
                throw new ConnectorFailureException(
                    failure.Failure == EnrolmentFailure.ClockWrong ? ExitCodes.ClockWrong : ExitCodes.Internal, failure.Message, failure);
            }
            catch (EnrolmentException failure)
            {
                if (failure.Failure is EnrolmentFailure.WrongAuthority or EnrolmentFailure.WrongServer)
                {
                    unproved ??= failure;
                }

                attempts.Add(Judge(endpoint.ToString(), failure, stream.TimedOut));
            }
        }

        throw unproved is null
            ? new NoGatewayAnswersException($"{code.Host}:{code.Port}", attempts)
            : new ConnectorFailureException(ExitCodes.Untrusted, unproved.Message, unproved);
    }

    private DialAttempt Judge(string where, EnrolmentException failure, bool silent)
    {
        if (failure.Failure != EnrolmentFailure.Unreachable)
        {
            return new DialAttempt(null, where, DialFailure.WrongCertificate, failure.Message);
        }

        var (kind, why) = failure switch
        {
            _ when silent => (DialFailure.TlsTimeout, string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"connected, but no TLS handshake within {timeouts.Tls.TotalSeconds:0.#} s")),
            _ when TlsFaults.AlertOf(failure) is { } alert => (DialFailure.NoTls, $"TLS alert: {alert}"),
            _ when TlsFaults.SocketErrorOf(failure) is { } error => (DialFailure.BrokenOff, $"{TlsFaults.Describe(error)} during enrolment"),
            _ => (DialFailure.BrokenOff, failure.Message.TrimEnd('.')),
        };
        return new DialAttempt(null, where, kind, why);
    }
}
