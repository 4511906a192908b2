using System.Buffers;

namespace Headgate.Gateway.Tests.Support;

/// <summary>Counts the arrays that are out.</summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private int _out;
    private int _rented;

    public int Out => Volatile.Read(ref _out);

    public int Rented => Volatile.Read(ref _rented);

    public override byte[] Rent(int minimumLength)
    {
        Interlocked.Increment(ref _out);
        Interlocked.Increment(ref _rented);
        return new byte[minimumLength];
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        // Whoever still uses it after this finds it spoiled.
        array.AsSpan().Fill(0xDD);
        Interlocked.Decrement(ref _out);
    }
}
