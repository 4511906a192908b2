using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Silo.Storage.Copying;

/// <summary>
/// A hash of a table's rows that does not depend on who keeps them: for each value a byte that says its kind, and then 8 bytes of a number, or the length in 8 bytes and
/// the bytes of a text (UTF-8) or blob.
/// </summary>
internal sealed class RowHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Rows { get; private set; }

    public void Add(object?[] row)
    {
        Rows++;
        foreach (var value in row)
        {
            switch (value)
            {
                case null:
                    _hash.AppendData([0]);
                    break;
                case long number:
                    Number(1, number);
                    break;
                case int number:
                    Number(1, number);
                    break;
                case bool flag:
                    Number(1, flag ? 1 : 0);
                    break;
                case string text:
                    Bytes(2, Encoding.UTF8.GetBytes(text));
                    break;
                case byte[] bytes:
                    Bytes(3, bytes);
                    break;
                default:
                    throw new NotSupportedException($"A column has the type {value.GetType()}, which no table of ours has.");
            }
        }
    }

    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    private void Number(byte kind, long number)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = kind;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], number);
        _hash.AppendData(bytes);
    }

    private void Bytes(byte kind, byte[] bytes)
    {
        Number(kind, bytes.Length);
        _hash.AppendData(bytes);
    }
}
