using System.Buffers.Binary;
using System.Text;

namespace Headgate.Gateway.Tests.Support;

/// <summary>Writes ClientHellos, valid or not, byte by byte.</summary>
internal sealed class HelloBuilder
{
    private readonly List<(int Type, byte[] Data)> _extensions = [];

    public byte[] SessionId { get; set; } = new byte[32];

    public byte[] CipherSuites { get; set; } = [0x13, 0x01, 0x13, 0x02];

    public byte[] Compression { get; set; } = [0];

    public bool HasExtensions { get; set; } = true;

    public byte MessageType { get; set; } = 1;

    public static byte[] ServerNameList(params (int Type, string Name)[] entries)
    {
        byte[] list = [.. entries.SelectMany(entry => (byte[])[(byte)entry.Type, .. Vector16(Encoding.Latin1.GetBytes(entry.Name))])];
        return Vector16(list);
    }

    public HelloBuilder Name(string name) => Extension(0, ServerNameList((0, name)));

    public HelloBuilder Extension(int type, byte[] data)
    {
        _extensions.Add((type, data));
        return this;
    }

    public HelloBuilder KeyShare(int group, int length)
    {
        byte[] entry = [(byte)(group >> 8), (byte)group, .. Vector16(new byte[length])];
        return Extension(51, Vector16(entry));
    }

    /// <summary>The handshake message.</summary>
    public byte[] Message()
    {
        byte[] extensions = [.. _extensions.SelectMany(extension => (byte[])[(byte)(extension.Type >> 8), (byte)extension.Type, .. Vector16(extension.Data)])];
        byte[] body =
        [
            3, 3, .. new byte[32],
            (byte)SessionId.Length, .. SessionId,
            .. Vector16(CipherSuites),
            (byte)Compression.Length, .. Compression,
            .. HasExtensions ? Vector16(extensions) : [],
        ];
        return [MessageType, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    /// <summary>The message in one record.</summary>
    public byte[] Record() => Records(Message(), int.MaxValue);

    /// <summary>A message in records of at most <paramref name="fragment"/> bytes each.</summary>
    public static byte[] Records(byte[] message, int fragment, byte version = 1)
    {
        var bytes = new List<byte>();
        foreach (var part in message.Chunk(Math.Min(fragment, 16384)))
        {
            bytes.AddRange([22, 3, version, .. Vector16(part)]);
        }

        return [.. bytes];
    }

    /// <summary>The message in two records, the first of <paramref name="first"/> bytes.</summary>
    public static byte[] TwoRecords(byte[] message, int first) =>
        [22, 3, 1, .. Vector16(message[..first]), 22, 3, 3, .. Vector16(message[first..])];

    public static byte[] Vector16(byte[] data)
    {
        var bytes = new byte[2 + data.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)data.Length);
        data.CopyTo(bytes, 2);
        return bytes;
    }
}
