using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Headgate.Gateway.Doctor;

/// <summary>
/// Asks a name server itself, because the system's resolver tells neither times to live nor what other machines would see past its hosts file. UDP, two tries of
/// <see cref="Patience"/>; TCP when the answer was cut.
/// </summary>
internal sealed class DnsResolver(IPEndPoint server)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const int Port = 53;
    private const int MaxDatagram = 4096;

    /// <summary>The server that is asked.</summary>
    public IPEndPoint Server => server;

    /// <summary>The one asked for, or the system's first.</summary>
    /// <param name="given"><c>address</c> or <c>address:port</c>; null for the system's.</param>
    /// <returns>Null when it cannot be, or the system has none.</returns>
    public static DnsResolver? Of(string? given)
    {
        if (given is not null)
        {
            return IPAddress.TryParse(given, out var bare) ? new DnsResolver(new IPEndPoint(bare, Port))
                : IPEndPoint.TryParse(given, out var whole) && whole.Port > 0 ? new DnsResolver(whole)
                : null;
        }

        var system = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .SelectMany(network => network.GetIPProperties().DnsAddresses)
            .FirstOrDefault();
        return system is null ? null : new DnsResolver(new IPEndPoint(system, Port));
    }

    /// <summary>A and AAAA records of a name, through CNAMEs.</summary>
    public async Task<DnsAddresses> AddressesAsync(string name, CancellationToken cancellationToken)
    {
        var found = new List<DnsRecord>();
        foreach (var type in (DnsType[])[DnsType.A, DnsType.Aaaa])
        {
            var (answer, fault) = await AskAsync(name, type, cancellationToken);
            if (answer is null)
            {
                return new DnsAddresses([], TimeSpan.Zero, fault);
            }

            found.AddRange(answer.Records.Where(record => record.Type == type || record.Type == DnsType.Cname));
        }

        var addresses = found.Select(record => record.Address).OfType<IPAddress>().Distinct().ToArray();
        return new DnsAddresses(addresses, found.Select(record => record.TimeToLive).DefaultIfEmpty().Min(), null);
    }

    /// <summary>The names that an address leads back to.</summary>
    public async Task<(IReadOnlyList<string> Names, string? Fault)> NamesAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var (answer, fault) = await AskAsync(Reverse(address), DnsType.Ptr, cancellationToken);
        return ([.. answer?.Records.Where(record => record.Type == DnsType.Ptr).Select(record => record.Target!) ?? []], fault);
    }

    /// <summary>The name under which an address's PTR record stands.</summary>
    internal static string Reverse(IPAddress address)
    {
        var bytes = address.GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes) + ".in-addr.arpa"
            : string.Join('.', bytes.SelectMany(value => new[] { value & 15, value >> 4 }).Select(digit => digit.ToString("x", CultureInfo.InvariantCulture))) + ".ip6.arpa";
    }

    private async Task<(DnsAnswer? Answer, string? Fault)> AskAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        var fault = "";
        for (var tries = 0; tries < 2; tries++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            try
            {
                var id = (ushort)RandomNumberGenerator.GetInt32(1 << 16);
                var question = DnsMessage.Question(id, name, type);
                var answer = await OverUdpAsync(question, id, patience.Token);
                if (answer.IsCut)
                {
                    answer = await OverTcpAsync(question, id, patience.Token);
                }

                return answer.Code is 0 or 3 ? (answer, null) : (null, $"{server} answers with code {answer.Code}{(answer.Code == 5 ? " (refused)" : answer.Code == 2 ? " (its own failure)" : "")}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                fault = $"{server} does not answer within {Patience.TotalSeconds:0} s";
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                fault = $"{server} cannot be asked: {exception.Message}";
            }
        }

        return (null, fault);
    }

    private async Task<DnsAnswer> OverUdpAsync(byte[] question, ushort id, CancellationToken cancellationToken)
    {
        // Connected: what others send does not arrive.
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken);
        await socket.SendAsync(question, cancellationToken);
        var buffer = new byte[MaxDatagram];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, cancellationToken);
            if (DnsMessage.Read(buffer.AsSpan(0, length), id) is { } answer)
            {
                return answer;
            }
        }
    }

    private async Task<DnsAnswer> OverTcpAsync(byte[] question, ushort id, CancellationToken cancellationToken)
    {
        using var client = new TcpClient(server.AddressFamily);
        await client.ConnectAsync(server, cancellationToken);
        await using var stream = client.GetStream();
        var framed = new byte[2 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellationToken);
        var size = new byte[2];
        await stream.ReadExactlyAsync(size, cancellationToken);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(size)];
        await stream.ReadExactlyAsync(message, cancellationToken);
        return DnsMessage.Read(message, id) ?? throw new IOException("its answer cannot be read");
    }
}

/// <summary>A name's addresses.</summary>
/// <param name="Addresses">A and AAAA; empty when there are none.</param>
/// <param name="TimeToLive">The shortest on the way.</param>
/// <param name="Fault">Why nobody could be asked, or null.</param>
internal sealed record DnsAddresses(IReadOnlyList<IPAddress> Addresses, TimeSpan TimeToLive, string? Fault);
