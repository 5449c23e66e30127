// SPDX-License-Identifier: GPL-2.0-only
// What C++ programs use of their run-time library: streams, exceptions,
// containers, algorithms, static constructors.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

struct Noisy {
	explicit Noisy(std::string n) : name(std::move(n))
	{
		std::cout << name << " made\n";
	}
	~Noisy() { std::cout << name << " gone\n"; }
	std::string name;
};

static Noisy global("global");

static int throws(int depth)
{
	Noisy local("local" + std::to_string(depth));

	if (depth == 0)
		throw std::runtime_error("thrown on purpose");
	return throws(depth - 1) + 1;
}

struct Base {
	virtual ~Base() = default;
	virtual std::string name() const = 0;
};

struct Derived : Base {
	std::string name() const override { return "derived"; }
};

int main()
{
	std::vector<double> numbers(100000);
	std::map<std::string, int> words;
	std::istringstream text("the quick fox and the lazy dog and the cat");
	std::unique_ptr<Base> object = std::make_unique<Derived>();
	std::string word;

	std::iota(numbers.begin(), numbers.end(), 1.0);
	std::reverse(numbers.begin(), numbers.end());
	std::sort(numbers.begin(), numbers.end());
	std::cout << std::fixed << std::setprecision(2)
		  << std::accumulate(numbers.begin(), numbers.end(), 0.0)
		  << std::endl;
	while (text >> word)
		words[word]++;
	for (const auto &[name, count] : words)
		std::cout << name << "=" << count << " ";
	std::cout << "\n" << object->name() << " "
		  << (dynamic_cast<Derived *>(object.get()) != nullptr) << "\n";
	try {
		throws(3);
	} catch (const std::exception &error) {
		std::cout << "caught: " << error.what() << "\n";
	}
	try {
		std::vector<int>(3).at(7);
	} catch (const std::out_of_range &) {
		std::cerr << "out of range, as expected\n";
	}
	try {
		std::vector<char> huge(1ul << 60);
	} catch (const std::bad_alloc &) {
		std::cout << "too much memory, as expected\n";
	}
	std::string line;
	int lines = 0;
	while (std::getline(std::cin, line))
		lines++;
	std::cout << lines << " lines read\n";
	return 5;
}
