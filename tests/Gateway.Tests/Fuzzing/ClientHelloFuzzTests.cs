using Headgate.Testing.Fuzzing;

namespace Headgate.Gateway.Tests.Fuzzing;

/// <summary>The long form is <c>bench/fuzz/run client-hello</c>.</summary>
public sealed class ClientHelloFuzzTests
{
    [Fact]
    public void ClientHello_WhateverComes_KeepsItsRules() => ShortFuzz.Run(new ClientHelloTarget());
}
