using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;

namespace Headgate.Gateway.Enrolment;

/// <summary>How this machine comes by its identity.</summary>
internal static class GatewayEnrolment
{
    /// <summary>This machine's name.</summary>
    public static string HostName => Environment.MachineName.ToLowerInvariant();

    /// <summary>Which gateway the options say that this machine is to be.</summary>
    public static FleetPlace PlaceOf(GatewayOptions options) => new(options.Id, options.Address, options.Mode);

    /// <summary>The identity in the data folder, or a new one by the code.</summary>
    /// <exception cref="GatewayStartException">There is neither, or the folder is of no use.</exception>
    /// <exception cref="EnrolmentException">The silo was not reached or is not the one the code names.</exception>
    /// <exception cref="ProblemException">The silo refused.</exception>
    public static async Task<ProgramIdentity> LoadOrEnrolAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        if (TryLoad(options.DataFolder) is { } present)
        {
            return present;
        }

        return options.Code is { } code
            ? await EnrolAsync(options.DataFolder, code, PlaceOf(options), cancellationToken)
            : throw new GatewayStartException(
                $"{options.DataFolder} holds no identity. Enrol first: headgate-gateway enroll --data {options.DataFolder} CODE, or give run a --code.");
    }

    /// <summary>Enrols this machine with <paramref name="code"/> as <paramref name="place"/> and keeps the identity in <paramref name="dataFolder"/>.</summary>
    /// <exception cref="GatewayStartException">The code is not a gateway's, the place does not go with it, the folder holds an identity already, or it cannot be written.</exception>
    /// <exception cref="EnrolmentException">The silo was not reached or is not the one the code names.</exception>
    /// <exception cref="ProblemException">The silo refused.</exception>
    public static async Task<ProgramIdentity> EnrolAsync(string dataFolder, string code, FleetPlace place, CancellationToken cancellationToken)
    {
        if (!EnrolmentCode.TryParse(code, out var parsed) || parsed.Role != CertificateRole.Gateway)
        {
            throw new GatewayStartException(
                "This is not a gateway's enrolment code (hg1:gateway:... or hg1:fleet:...). Make one with 'headgate-server code' and paste all of it.");
        }

        var faults = new List<string>();
        var fleet = place.For(parsed, HostName, faults);
        if (faults.Count > 0)
        {
            throw new GatewayStartException(string.Join(Environment.NewLine, faults));
        }

        if (TryLoad(dataFolder) is { } present)
        {
            using (present)
            {
                throw new GatewayStartException(
                    $"{dataFolder} holds the identity of gateway {present.Identity.Id} already. Name another folder, or delete this one to enrol anew.");
            }
        }

        using var key = Keep(dataFolder, () => EnrolmentKey.LoadOrMake(dataFolder));
        ProgramIdentity identity;
        try
        {
            identity = await EnrolmentClient.EnrolAsync(
                parsed, fleet, key, token => DialAsync(parsed, token), HostName, TimeProvider.System, cancellationToken);
        }
        catch (IOException e)
        {
            throw new GatewayStartException($"{parsed.Host}:{parsed.Port} broke the connection during enrolment: {e.Message} Try again with the same code.", e);
        }

        try
        {
            return Keep(dataFolder, () =>
            {
                identity.Save(dataFolder);
                EnrolmentKey.Forget(dataFolder);
                return identity;
            });
        }
        catch (GatewayStartException)
        {
            identity.Dispose();
            throw;
        }
    }

    private static T Keep<T>(string dataFolder, Func<T> keep)
    {
        try
        {
            return keep();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GatewayStartException($"The identity cannot be written to {dataFolder}: {e.Message}", e);
        }
    }

    private static ProgramIdentity? TryLoad(string dataFolder)
    {
        try
        {
            if (!ProgramIdentity.TryLoad(dataFolder, out var identity))
            {
                return null;
            }

            if (identity.Identity.Role == CertificateRole.Gateway)
            {
                return identity;
            }

            using (identity)
            {
                throw new GatewayStartException($"{dataFolder} holds the identity of a {identity.Identity.Role}, not of a gateway. Name another folder.");
            }
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or JsonException)
        {
            throw new GatewayStartException($"The identity in {dataFolder} cannot be read: {e.Message} Restore the folder, or delete it and enrol with a new code.", e);
        }
    }

    private static async Task<Stream> DialAsync(EnrolmentCode code, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(code.Host, code.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
